"""`python -m swapbench_models.neural`: list the models, or train one on one fold."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.catalogue import MODELS, parameters, target
from swapbench_models.neural.error import NeuralError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, or 2 with one sentence for what cannot be done."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except NeuralError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _list(options: argparse.Namespace) -> None:
    models: list[dict[str, Any]] = [
        {"model": model, "backends": list(backends), "parameters": parameters(model)}
        for model, backends in MODELS.items()
    ]
    if options.json:
        print(json.dumps(models, indent=2))
        return
    for model in models:
        counts = ", ".join(f"{profile} {count:,}" for profile, count in model["parameters"].items())
        print(f"{model['model']:20} {' '.join(model['backends']):17} parameters: {counts}")


def _train(options: argparse.Namespace) -> None:
    target(options.model, options.backend)  # unknown names are told before anything heavy is imported
    if options.fold >= options.folds:
        raise NeuralError(f"There is no fold {options.fold} of {options.folds}; the last is {options.folds - 1}.")
    from swapbench_models.neural import data, trial

    X, y = data.mnist(options.data) if options.data else data.digits()
    fewest = min(Counter(y.tolist()).values())
    if options.folds > fewest:
        raise NeuralError(
            f"--folds {options.folds}: there are only {fewest:,} examples of one digit; give at most so many."
        )
    classifier = trial.build(options.model, options.backend, options.epochs, options.seed)
    result = {name: getattr(options, name) for name in ("model", "backend", "data", "seed", "folds", "fold")}
    result |= trial.run(classifier, X, y, options.folds, options.fold, options.seed)
    if options.json:
        print(json.dumps(result, indent=2))
        return
    print(f"{options.model} with {options.backend}, fold {options.fold} of {options.folds}:")
    print(
        f"accuracy {result['accuracy']:.4f}, macro F1 {result['macro_f1']:.4f}, log loss {result['log_loss']:.4f} nats"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m swapbench_models.neural", description="Networks for pictures of digits."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="name each model, its backends and its parameter counts")
    listing.set_defaults(command=_list)
    training = commands.add_parser("train", help="train one model on all folds but one, and score it on that one")
    training.set_defaults(command=_train)
    training.add_argument("--model", required=True, help=f"one of {', '.join(MODELS)}")
    training.add_argument("--backend", required=True, help="sklearn, torch or tensorflow, as the model has it")
    training.add_argument(
        "--data", metavar="DIR", help="folder with the files of MNIST (default: scikit-learn's digits)"
    )
    training.add_argument("--epochs", type=at_least(1), help="passes over the data, for networks (default: 5)")
    training.add_argument("--seed", type=seed, default=0, help="of folds, weights, order, dropout (default: 0)")
    training.add_argument("--folds", type=at_least(2), default=5, help="how many (default: 5)")
    training.add_argument("--fold", type=at_least(0), default=0, help="the one to score on (default: 0)")
    for command in (listing, training):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
