"""The command `train`: one model on all folds but one, scored on that one."""

import argparse
import json
from collections import Counter

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.catalogue import MODELS, target
from swapbench_models.neural.command.arguments import add_threads
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.error import NeuralError


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add train."""
    parser = commands.add_parser("train", help="train one model on all folds but one, and score it on that one")
    parser.set_defaults(command=_train)
    parser.add_argument("--model", required=True, help=f"one of {', '.join(MODELS)}")
    parser.add_argument("--backend", required=True, help="sklearn, torch or tensorflow, as the model has it")
    parser.add_argument("--variant", default="", help="compiled, for what comes from the text (default: by hand)")
    parser.add_argument("--data", metavar="DIR", help="folder with the files of MNIST (default: scikit-learn's digits)")
    parser.add_argument("--epochs", type=at_least(1), help="passes over the data, for networks (default: 5)")
    parser.add_argument("--seed", type=seed, default=0, help="of folds, weights, order, dropout (default: 0)")
    parser.add_argument("--folds", type=at_least(2), default=5, help="how many (default: 5)")
    parser.add_argument("--fold", type=at_least(0), default=0, help="the one to score on (default: 0)")
    add_threads(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")


def _train(options: argparse.Namespace) -> int:
    target(options.model, options.backend, options.variant)  # unknown names are told before anything heavy is imported
    if options.fold >= options.folds:
        raise NeuralError(f"There is no fold {options.fold} of {options.folds}; the last is {options.folds - 1}.")
    from swapbench_models.neural import data, trial

    with stage(options, "data loaded"):
        X, y = data.mnist(options.data) if options.data else data.digits()
    fewest = min(Counter(y.tolist()).values())
    if options.folds > fewest:
        raise NeuralError(
            f"--folds {options.folds}: there are only {fewest:,} examples of one digit; give at most so many."
        )
    with stage(options, "built"):
        classifier = trial.build(options.model, options.backend, options.epochs, options.seed, options.variant)
    result = {name: getattr(options, name) for name in ("model", "backend", "variant", "data", "seed", "folds", "fold")}
    with stage(options, "trained and scored"):
        result |= trial.run(classifier, X, y, options.folds, options.fold, options.seed)
    if options.json:
        print(json.dumps(result, indent=2))
        return 0
    print(f"{options.model} with {options.backend}, fold {options.fold} of {options.folds}:")
    print(
        f"accuracy {result['accuracy']:.4f}, macro F1 {result['macro_f1']:.4f}, log loss {result['log_loss']:.4f} nats"
    )
    return 0
