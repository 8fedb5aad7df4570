"""The command `compile`: from a text to the source that builds its network on a backend."""

import argparse
import sys
from pathlib import Path

from swapbench_models.arguments import at_least, seed
from swapbench_models.neural.command.arguments import (
    SEARCH_FOLDS,
    add_backend,
    add_data,
    add_device,
    add_hpo,
    add_network,
    add_reading,
    chosen,
    require_fit,
    require_hpo,
)
from swapbench_models.neural.command.searching import tried
from swapbench_models.neural.command.telling import stage
from swapbench_models.neural.command.writing import add_force, require_free
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.generate import ALIASES, generate
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.seal import seal
from swapbench_models.writing import write


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add compile."""
    parser = commands.add_parser("compile", help="write the source that builds a network on a backend")
    parser.set_defaults(command=_compile)
    add_network(parser)
    add_backend(parser)
    parser.add_argument("--output", "-o", metavar="OUT", help="the file to write (default: FILE_BACKEND.py)")
    add_force(parser)
    parser.add_argument("--dry-run", action="store_true", help="print the source, write nothing")
    add_data(parser, None, "what the network has to fit before it is written, and is tried on: ")
    add_hpo(parser)
    parser.add_argument("--folds", type=at_least(2), help=f"for each trial's score (default: {SEARCH_FOLDS})")
    parser.add_argument("--epochs", type=at_least(1), help="of each trial (default: as the text says, or 5)")
    parser.add_argument("--seed", type=seed, help="of trials, folds and training (default: 0)")
    add_device(parser)
    add_reading(parser)


def _compile(options: argparse.Namespace) -> int:
    require_hpo(options, "method", "trials", "points", "folds", "epochs", "seed", *(() if options.cpu else ("device",)))
    source, checked = chosen(options)
    backend = ALIASES.get(options.backend, options.backend)
    file = Path(options.output or f"{Path(options.file).stem}_{backend}.py")
    if not options.dry_run:
        if file.exists() and file.samefile(options.file):
            raise NeuralError(f"{file}: is the text itself; give another file to write.")
        require_free(file, "py", options)
    if options.hpo or options.dataset or options.data:
        checked = _fitted(options, source, checked)
    with stage(options, "generated"):
        text = generate(checked.network, options.backend)
    if options.dry_run:
        sys.stdout.write(text)
        return 0
    write(file, seal(text.encode(), "py"))
    print(f"{file}: {checked.network.name} for {backend}, {len(text.splitlines())} lines")
    return 0


def _fitted(options: argparse.Namespace, source: Source, checked: Checked) -> Checked:
    """Return the network, the best of those that were tried where any are, which takes what the data set holds."""
    from swapbench_models.neural import datasets

    with stage(options, "data loaded"):
        X, y = datasets.load(options.dataset or "digits", options.data)
    require_fit(source, checked, X, y, options.hpo)
    if options.hpo:
        with stage(options, "searched"):
            checked = tried(options, source, checked, X, y, sys.stderr if options.dry_run else sys.stdout).checked
    return checked
