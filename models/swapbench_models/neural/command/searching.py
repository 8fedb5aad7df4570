"""The command `search`: trials of a text's hyper-parameters, each scored on folds, and the best of them."""

import argparse
import json
import sys
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
from swapbench_models.neural.command.found import Found, line, tell_less
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.command.writing import add_force, require_free
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.seal import seal
from swapbench_models.neural.search.choices import Choices
from swapbench_models.neural.search.search import Scored, method_of, search
from swapbench_models.neural.search.trials import Trial
from swapbench_models.neural.search.values import POINTS
from swapbench_models.writing import write


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add search."""
    parser = commands.add_parser("search", help="try a text's hyper-parameters, and say which are best")
    parser.set_defaults(command=_search)
    add_network(parser)
    add_backend(parser, trains=True)
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
        declared = pick(source, Choices(source, options=reading(options)).first, options.network)
    if options.save:
        _require_free(Path(options.save), options)
    from swapbench_models.neural import datasets

    with stage(options, "data loaded"):
        X, y = datasets.load(options.dataset, options.data)
    require_fit(source, declared, X, y, tried=True)
    with stage(options, "searched"):
        found = tried(options, source, declared, X, y, None if options.json else sys.stdout)
    if options.save:
        _save(Path(options.save), found.texts())
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
    from swapbench_models.neural import datasets, trial
    from swapbench_models.neural.text_classifier import TextClassifier

    folds, seed_ = options.folds or SEARCH_FOLDS, options.seed or 0
    require_folds(y, folds)

    scale = datasets.scale(options.dataset or "digits")

    def score(tried: Trial) -> list[float]:
        classifier = TextClassifier(tried.checked, options.backend, options.epochs, seed_, options.device)
        return [trial.run(classifier, X, y, folds, fold, seed_, scale=scale)["accuracy"] for fold in range(folds)]

    method = method_of(options.method, declared.training.search_method)
    choices = Choices(source, declared.network.name, reading(options), options.backend)
    count, points = options.trials or TRIALS, options.points or POINTS
    done: list[Scored] = []
    for one in search(choices, method, count, seed_, score, points):
        done.append(one)
        if out is not None:
            print(line(source, one), file=out, flush=True)
    tell_less(choices, len(done), count)
    if not done:
        raise choices.none(f"none of {count} trials makes a network without faults")
    if all(one.failed for one in done):
        raise NeuralError(f"{source.name}: none of {len(done)} trials was scored; the last: {done[-1].failed}")
    found = Found(choices, method, done)
    if out is not None:
        print(found.line(), file=out, flush=True)
    return found


def _require_free(folder: Path, options: argparse.Namespace) -> None:
    """Make the folder of the trials' texts; raises NeuralError where it has such texts that somebody has edited."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.glob("trial*.neural")):
        require_free(file, "neural", options)


def _save(folder: Path, texts: dict[int, str]) -> None:
    for file in folder.glob("trial*.neural"):  # of another search, and nobody has edited them
        file.unlink()
    for number, text in texts.items():
        write(folder / f"trial{number}.neural", seal(text.encode(), "neural"))
