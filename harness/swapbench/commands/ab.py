"""`swapbench ab`: the working tree against another commit."""

import argparse
from collections.abc import Iterator

from swapbench.base.error import SwapError
from swapbench.commands import in_turn, screen
from swapbench.judge.gate import Gate
from swapbench.paired.against import Commit, compare
from swapbench.run.repository import Repository
from swapbench.show import text

HELP = "measure this working tree against another commit, in turn on this machine, and judge"
PASSES_ON = "All other options, after REV, are pytest's and the plugin's, such as --swap-model cnn or -k expression."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REV", help="the commit to compare with, such as HEAD~1 or main")
    in_turn.add_arguments(parser)
    parser.add_argument("--all", action="store_true", help="measure also cells whose code and data are the same")


def run(chosen: argparse.Namespace) -> int:
    """Print the verdicts; the status is the gate's."""
    asked = Commit(
        revision=chosen.revision, everything=chosen.all, **in_turn.question(chosen, {"REV": chosen.revision})
    )
    repository = Repository.around(asked.folder)
    if repository is None:
        raise SwapError(f"{asked.folder} lies in no git repository; go to the one whose commits are to be compared.")
    return in_turn.answer(chosen, lambda teller: compare(repository, asked, teller), _shown)


def _shown(gate: Gate) -> Iterator[str]:
    return text.gate_lines(gate, screen.width(), screen.ink())
