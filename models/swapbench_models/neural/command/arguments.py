"""Arguments that several parts of the command take alike."""

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Any

from swapbench_models.arguments import at_least
from swapbench_models.neural.backends.devices import CHOICES
from swapbench_models.neural.catalogue import DATASETS
from swapbench_models.neural.command.telling import stage, tell_notes
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.generate import ALIASES, WRITERS
from swapbench_models.neural.language.fault import Fault, LanguageError, nearest
from swapbench_models.neural.language.source import Source, read
from swapbench_models.neural.meaning.check import Checked, check
from swapbench_models.neural.meaning.graph import Options
from swapbench_models.neural.search.blame import blamed
from swapbench_models.neural.search.choices import Choices
from swapbench_models.neural.search.values import POINTS

TRIALS, SEARCH_FOLDS = 10, 3

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_reading(parser: argparse.ArgumentParser) -> None:
    """Add how texts are read."""
    parser.add_argument(
        "--auto-flatten-output",
        action="store_true",
        help="let an Output see all of an example, as if Flatten() stood before it",
    )
    parser.add_argument(
        "--allow-lambda",
        action="store_true",
        help="let Lambda(...) be: code of the text, which runs with your rights wherever the network is built",
    )


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add the file and which of its networks."""
    parser.add_argument("file", metavar="FILE", help="a file of the network language")
    parser.add_argument("--network", metavar="NAME", help="which network, where the file has several")


def add_backend(parser: argparse.ArgumentParser, *, trains: bool = False) -> None:
    """Add the backend, one that trains if need be."""
    names = [name for name in (*WRITERS, *ALIASES) if not trains or ALIASES.get(name, name) != "onnx"]
    parser.add_argument(
        "--backend", "-b", default="torch", metavar="BACKEND", help=f"{', '.join(names)} (default: torch)"
    )


def add_data(parser: argparse.ArgumentParser, default: str | None = "digits", purpose: str = "") -> None:
    """Add the data set."""
    told = "" if default is None else f" (default: {default})"
    parser.add_argument("--dataset", metavar="NAME", default=default, help=f"{purpose}{', '.join(DATASETS)}{told}")
    parser.add_argument("--data", metavar="DIR", help="folder with the files of mnist")


def add_device(parser: argparse.ArgumentParser) -> None:
    """Add where it is computed."""
    parser.add_argument(
        "--device",
        "-d",
        choices=CHOICES,
        help="where the whole network is computed; auto: a GPU if there is one (default: as the text says, or auto)",
    )
    add_threads(parser)


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add with how many threads it is computed."""
    parser.add_argument(
        "--threads",
        type=at_least(1),
        metavar="N",
        help="so many compute (default: OMP_NUM_THREADS, or 1: no slower for small networks, and a seed gives the same "
        "on any machine)",
    )


def add_search(parser: argparse.ArgumentParser) -> None:
    """Add which hyper-parameters are tried; what is not said is None."""
    parser.add_argument("--method", help="grid, random or optuna (default: as the text says, or random)")
    parser.add_argument("--trials", type=at_least(1), help=f"how many, but for a grid (default: {TRIALS})")
    parser.add_argument(
        "--points", type=at_least(2), help=f"values that a grid takes of a range without steps (default: {POINTS})"
    )


def add_hpo(parser: argparse.ArgumentParser) -> None:
    """Add whether hyper-parameters are tried first, and which."""
    parser.add_argument("--hpo", action="store_true", help="try the text's hyper-parameters first, and take the best")
    add_search(parser)


def require_hpo(options: argparse.Namespace, *names: str) -> None:
    """Raise NeuralError where one of these options, which say how --hpo tries, is given without it."""
    given = [name for name in names if getattr(options, name) is not None]
    if given and not options.hpo:
        raise NeuralError(f"--{given[0]} says how --hpo tries hyper-parameters; add --hpo, or leave it out.")


def require_folds(y: Any, folds: int) -> None:
    """Raise NeuralError where there are more folds than examples of some class."""
    fewest = min(Counter(y.tolist()).values())
    if folds > fewest:
        raise NeuralError(f"--folds {folds}: there are only {fewest:,} examples of one class; give at most so many.")


def require_fit(source: Source, checked: Checked, X: Any, y: Any, tried: bool = False) -> None:
    """Raise LanguageError, at the place in the text, where a network does not take a data set or tell its classes.

    Of hyper-parameters that are `tried` each value leaves what it leaves.
    """
    from swapbench_models.neural.examples import require_classes, require_inputs

    at = checked.input_at
    try:
        require_inputs(checked.network, X.shape[1:])
        at = checked.network.parts[-1].at if checked.network.parts else at
        if not tried:
            require_classes(checked.network, int(y.max()) + 1)
    except NeuralError as error:
        fitting = [name for name, shape in DATASETS.items() if shape == checked.network.inputs[0].shape != X.shape[1:]]
        more = f"; --dataset {' or '.join(fitting)} has that shape" if fitting else ""
        raise LanguageError(source, [Fault(at, str(error).rstrip(".") + more)]) from error


def reading(options: argparse.Namespace) -> Options:
    """Return how texts are read."""
    return Options(options.auto_flatten_output, options.allow_lambda)


def networks(source: Source, options: argparse.Namespace) -> tuple[Checked, ...]:
    """Return all networks of a source; raises LanguageError that names the first choices that are to blame, too."""
    try:
        return check(source, options=reading(options))
    except LanguageError as error:
        raise LanguageError(source, [*error.faults, *blamed(source, reading(options))]) from None


def chosen(options: argparse.Namespace) -> tuple[Source, Checked]:
    """Return the source and its only network, or the one that was asked for; raises NeuralError for none or several.

    Where its hyper-parameters are tried, which `hpo` says, its first choices need not fit.
    """
    with stage(options, "checked"):
        source = read(options.file)
        hpo = getattr(options, "hpo", False)
        found = Choices(source, options=reading(options)).first if hpo else networks(source, options)
        checked = pick(source, found, options.network)
    tell_notes(options, source, checked)
    return source, checked


def pick(source: Source, found: Sequence[Checked], name: str | None) -> Checked:
    """Return the only network of a source, or the one of this name."""
    names = [each.network.name for each in found]
    if name is None:
        if len(found) != 1:
            raise NeuralError(f"{source.name} has {len(found)} networks, {', '.join(names)}; say --network NAME.")
        return found[0]
    if names.count(name) != 1:
        how = f"{names.count(name)} networks" if name in names else "no network"
        raise NeuralError(
            f"{source.name} has {how} {name}; it has {', '.join(names)}{nearest(name, set(names) - {name}) or '.'}"
        )
    return found[names.index(name)]
