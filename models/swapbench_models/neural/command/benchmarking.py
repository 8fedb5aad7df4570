"""The command `benchmark`: compiled networks measured beside native ones, and the report on them."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.catalogue import VARIANTS
from swapbench_models.neural.command.writing import add_force, require_free
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.generate import ALIASES
from swapbench_models.neural.language.fault import nearest
from swapbench_models.neural.report import files
from swapbench_models.neural.report.aggregate import Aggregate
from swapbench_models.neural.report.document import document
from swapbench_models.neural.report.findings import failures, findings
from swapbench_models.neural.report.markdown import markdown
from swapbench_models.neural.report.measuring import EPOCHS, SUITE, measure, suite_of
from swapbench_models.neural.report.pair import Pair, pairs
from swapbench_models.neural.report.reading import read
from swapbench_models.neural.report.run import COMPILED, Run
from swapbench_models.neural.report.run import SUITE as NEURAL
from swapbench_models.neural.seal import FORMS, seal
from swapbench_models.writing import write

RUN, MARKDOWN, JSON = "benchmark_run.json", "benchmark_report.md", "benchmark_results.json"
_MODELS = tuple(VARIANTS)
_BACKENDS = tuple(dict.fromkeys(backend for ways in VARIANTS.values() for backend in ways[COMPILED]))
_ALIASES = {alias: name for alias, name in ALIASES.items() if name in _BACKENDS}
_BOTH = ("torch", "tensorflow")  # where there are native networks too
_QUICK_ROUNDS = 2  # of one there is nothing to tell how far it may be off
# Options of measuring, which a run that is there has behind it.
_MEASURING = ("suite", "epochs", "seed", "rounds", "data", "quick", "pytest")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add benchmark."""
    parser = commands.add_parser(
        "benchmark",
        help="measure compiled networks beside native ones, and report what the text costs",
        description="Exit status: 0; 1 when a pair is not equivalent or a cell failed; 2 when there is no report.",
    )
    parser.set_defaults(command=_benchmark)
    parser.add_argument("--models", metavar="A,B", help=f"which of {', '.join(_MODELS)} (default: all)")
    parser.add_argument(
        "--backends", metavar="A,B", help=f"which of {', '.join(_BACKENDS)} (default: {','.join(_BOTH)})"
    )
    parser.add_argument("--epochs", type=at_least(1), help="passes over the data (default: 20, with --quick 1)")
    parser.add_argument("--output", metavar="DIR", default="./benchmark_results", help="(default: %(default)s)")
    add_force(parser)
    parser.add_argument("--report", action="store_true", help=f"write {MARKDOWN} (default: both files)")
    parser.add_argument("--json", action="store_true", help=f"write {JSON}, and print it (default: both files)")
    parser.add_argument("--quick", action="store_true", help="profile quick: fewer cells, rounds and epochs")
    parser.add_argument("--seed", type=seed, help="of folds, weights, order, dropout (default: 0)")
    parser.add_argument("--rounds", type=at_least(1), help="of each cell (default: 5, with --quick 2)")
    parser.add_argument("--data", metavar="DIR", help="folder with the files of mnist (default: scikit-learn's digits)")
    parser.add_argument("--suite", metavar="PATH", help=f"the suite that is measured (default: {SUITE} here or above)")
    parser.add_argument("--from", dest="run", metavar="RUN.json", help="measure nothing, report on this run")
    parser.add_argument("pytest", nargs="*", metavar="-- OPTION", help="further options of pytest, such as -n 2")


def _benchmark(options: argparse.Namespace) -> int:
    models, backends = _known("model", options.models, _MODELS), _known("backend", options.backends, _BACKENDS)
    folder = Path(options.output)
    status, path = _measured(options, models, backends, folder) if options.run is None else _there(options)
    run = read(path)
    found = pairs(run, models, backends)
    _check_epochs(options.epochs, found)
    texts = {**files.sources(found), **_documents(run, found, options)}
    folder.mkdir(parents=True, exist_ok=True)
    forms = {name: form for name in texts if (form := Path(name).suffix[1:]) in FORMS}
    for name, form in forms.items():
        require_free(folder / name, form, options)
    for name, text in texts.items():
        content = text.encode()
        write(folder / name, seal(content, forms[name]) if name in forms else content)
    if options.json:
        sys.stdout.write(texts[JSON])
    else:
        print("\n".join([*findings(Aggregate.of(found)), *(f"written: {folder / name}" for name in texts)]))
    wrong = failures(found)
    if status and not wrong:
        wrong = [f"pytest ended with status {status}, and says above why."]
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def _measured(
    options: argparse.Namespace, models: Sequence[str], backends: Sequence[str], folder: Path
) -> tuple[int, Path]:
    """Measure, and return pytest's status and the file of the run."""
    suite = suite_of(options.suite)
    rounds = options.rounds or (_QUICK_ROUNDS if options.quick else None)
    values = {
        "suite": [NEURAL],
        "profile": ["quick" if options.quick else "standard"],
        "model": models or _MODELS,
        "backend": backends or _BOTH,
        "dataset": ["digits" if options.data is None else "mnist"],
        "rounds": [] if rounds is None else [rounds],
        **{name: [] if (value := getattr(options, name)) is None else [value] for name in ("data", "seed")},
    }
    chosen = [f"--swap-{name}={value}" for name, given in values.items() for value in given]
    folder.mkdir(parents=True, exist_ok=True)
    return measure(suite, [*chosen, *options.pytest], options.epochs, folder / RUN), folder / RUN


def _there(options: argparse.Namespace) -> tuple[int, Path]:
    """Return the file of the run that is there; raises NeuralError for options that it has behind it."""
    for name in _MEASURING:
        value = getattr(options, name)
        if value is not None and value is not False and value != []:
            given = "What stands after --" if name == "pytest" else f"--{name}"
            raise NeuralError(f"{given} is for measuring, and --from reports on a run that is there; leave one out.")
    return 0, Path(options.run)


def _check_epochs(asked: int | None, found: Sequence[Pair]) -> None:
    """Raise NeuralError where trainings made other epochs than were asked for: the suite has not read them."""
    made = {side.epochs for pair in found for side in (pair.native, pair.compiled)} - {None, asked}
    if asked is not None and made:
        told = ", ".join(map(str, made))
        raise NeuralError(f"--epochs {asked}: the suite trains for {told} all the same; let it read {EPOCHS}.")


def _documents(run: Run, found: Sequence[Pair], options: argparse.Namespace) -> Mapping[str, str]:
    """Return what was asked for, by the names of the files: both where neither was."""
    made = {}
    if options.report or not options.json:
        made[MARKDOWN] = markdown(run, found)
    if options.json or not options.report:
        made[JSON] = document(run, found)
    return made


def _known(kind: str, given: str | None, known: Sequence[str]) -> list[str]:
    """Return the names in a list with commas, none of no list; raises NeuralError for one that is not known."""
    if given is None:
        return []
    names = [_ALIASES.get(name.strip(), name.strip()) for name in given.split(",")]
    for name in names:
        if name not in known:
            raise NeuralError(f"There is no {kind} {name!r}; known are {', '.join(known)}{nearest(name, known) or '.'}")
    return list(dict.fromkeys(names))
