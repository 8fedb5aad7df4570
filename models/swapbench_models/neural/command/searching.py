"""The command `search`: trials of a text's hyper-parameters, each scored on folds, and the best of them."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.command.arguments import (
    SEARCH_FOLDS,
    TRIALS,
    add_backend,
    add_data,
    add_device,
    add_network,
    add_reading,
    add_search,
    pick,
    reading,
    require_fit,
    require_folds,
)
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.command.writing import add_force, require_free
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.meaning.check import Checked, check
from swapbench_models.neural.seal import seal
from swapbench_models.neural.writing import write


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found: its method, each trial as it is told, the text of each by its number, the best of them,
    and the network of that."""

    method: str
    trials: list[dict[str, Any]]
    texts: dict[int, str]
    best: dict[str, Any]
    checked: Checked

    def told(self) -> dict[str, Any]:
        """Return all of it but the network, as JSON has it."""
        return {"method": self.method, "trials": self.trials, "best": self.best}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add search."""
    parser = commands.add_parser("search", help="try a text's hyper-parameters, and say which are best")
    parser.set_defaults(command=_search)
    add_network(parser)
    add_backend(parser)
    add_data(parser)
    add_search(parser)
    add_device(parser)
    parser.add_argument("--epochs", type=at_least(1), help="passes over the data (default: as the text says, or 5)")
    parser.add_argument("--seed", type=seed, default=0, help="of trials, folds and training (default: 0)")
    parser.add_argument(
        "--folds", type=at_least(2), default=SEARCH_FOLDS, help=f"for each trial's score (default: {SEARCH_FOLDS})"
    )
    parser.add_argument("--save", metavar="DIR", help="write the text of each trial there, its choices made")
    add_force(parser)
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_reading(parser)


def _search(options: argparse.Namespace) -> int:
    with stage(options, "checked"):
        source = read(options.file)
        declared = pick(source, check(source, options=reading(options)), options.network)
    if options.save:
        _require_free(Path(options.save), options)
    from swapbench_models.neural import datasets

    with stage(options, "data loaded"):
        X, y = datasets.load(options.dataset, options.data)
    require_fit(source, declared, X, y, tried=True)
    with stage(options, "searched"):
        found = tried(options, source, declared, X, y, None if options.json else sys.stdout)
    if options.save:
        _save(Path(options.save), found.texts)
    if options.json:
        print(json.dumps(found.told(), indent=2))
    return 0


def tried(options: argparse.Namespace, source: Source, declared: Checked, X: Any, y: Any, out: TextIO | None) -> Found:
    """Try the hyper-parameters of a network as the options say, and tell each trial and the best one as they end.

    Raises NeuralError where the network leaves nothing open, and where the data have fewer examples of a class than
    there are folds.
    """
    if not declared.space:
        raise NeuralError(f"{source.name}: {declared.network.name} has no HPO(...), so that there is nothing to try.")
    from swapbench_models.neural import trial
    from swapbench_models.neural.search.filling import filled
    from swapbench_models.neural.search.search import Scored, method_of, search
    from swapbench_models.neural.search.trials import Trial
    from swapbench_models.neural.text_classifier import TextClassifier

    folds, seed_ = options.folds or SEARCH_FOLDS, options.seed or 0
    require_folds(y, folds)

    def score(tried: Trial) -> list[float]:
        classifier = TextClassifier(tried.checked, options.backend, options.epochs, seed_, options.device)
        return [trial.run(classifier, X, y, folds, fold, seed_)["accuracy"] for fold in range(folds)]

    method = method_of(options.method, declared.training.search_method)
    told: list[dict[str, Any]] = []
    texts: dict[int, str] = {}
    first: Scored | None = None
    count, name = options.trials or TRIALS, declared.network.name
    for scored in search(source, method, count, seed_, score, name, reading(options)):
        told.append(_told(source, scored))
        texts[scored.trial.number] = filled(source, scored.trial.chosen)
        if not scored.failed and (first is None or scored.accuracy > first.accuracy):
            first = scored
        if out is not None:
            print(_line(told[-1]), file=out, flush=True)
    if first is None:
        why = f"the last: {told[-1]['failed']}" if told else "all make networks with faults"
        raise NeuralError(f"{source.name}: none of {len(told) or count} trials was scored; {why}")
    found = Found(method, told, texts, _told(source, first), first.trial.checked)
    if out is not None:
        print(f"best of {len(told)} by {method}: {_line(found.best)}", file=out, flush=True)
    return found


def _require_free(folder: Path, options: argparse.Namespace) -> None:
    """Make the folder of the trials' texts; raises NeuralError where it has such texts that somebody has edited."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.glob("trial*.neural")):
        require_free(file, "neural", options)


def _save(folder: Path, texts: dict[int, str]) -> None:
    for number, text in texts.items():
        write(folder / f"trial{number}.neural", seal(text.encode(), "neural"))


def _told(source: Source, scored: Any) -> dict[str, Any]:
    return {
        "trial": scored.trial.number,
        "chosen": {name: _plain(value) for name, value in scored.trial.named(source).items()},
        "parameters": scored.trial.checked.network.count_parameters(),
        **({"failed": scored.failed} if scored.failed else _accuracies(scored)),
    }


def _accuracies(scored: Any) -> dict[str, Any]:
    return {
        "accuracies": scored.accuracies,
        "accuracy": scored.accuracy,
        "interval": scored.interval(),
    }


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else show_value(value)


def _line(one: dict[str, Any]) -> str:
    if "failed" in one:
        return f"trial {one['trial']}: not scored, {_chosen(one)}: {one['failed']}"
    interval = one["interval"]
    width = "" if interval is None else f" ({interval[0]:.4f} to {interval[1]:.4f})"
    return (
        f"trial {one['trial']}: accuracy {one['accuracy']:.4f}{width}, {one['parameters']:,} parameters, {_chosen(one)}"
    )


def _chosen(one: dict[str, Any]) -> str:
    return "; ".join(f"{name} = {value}" for name, value in one["chosen"].items())
