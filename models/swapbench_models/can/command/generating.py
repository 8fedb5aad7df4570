"""The command `generate`: data sets in the published layout, drawn by a seed."""

import argparse
from pathlib import Path

from swapbench_models.arguments import seed
from swapbench_models.can.catalogue import DATASETS, PROFILES
from swapbench_models.can.command.arguments import require_known

_ALL = "all"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add generate."""
    parser = commands.add_parser("generate", help="make data sets in the published layout, as --data reads them")
    parser.set_defaults(command=_generate, interrupted=" The same command goes on where it was.")
    parser.add_argument(
        "-d", "--dataset", action="append", required=True, metavar="NAME", help=f"a data set, or {_ALL} (repeatable)"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where their folders go")
    parser.add_argument("--profile", choices=PROFILES, default="quick", help="how large they are (default: quick)")
    parser.add_argument("--seed", type=seed, default=0, metavar="N", help="of all that is by chance (default: 0)")
    parser.add_argument(
        "--force",
        action="store_true",
        help="write over sets that this command has made there, of another plan or edited since",
    )


def _generate(options: argparse.Namespace) -> int:
    from swapbench_models.can.data.generate import generate
    from swapbench_models.can.data.plan import Plan

    named = list(dict.fromkeys(DATASETS if _ALL in options.dataset else options.dataset))
    for name in named:
        require_known(name, DATASETS, f"or {_ALL}")
    for name in named:
        print(generate(Plan(name, options.profile, options.seed), options.out, options.force), flush=True)
    return 0
