"""`swapbench versus`: one row of a suite against another."""

import argparse
from collections.abc import Iterator

from swapbench.commands import in_turn, screen
from swapbench.judge.gate import Gate
from swapbench.paired.versus import Pair, compare
from swapbench.show import text, verdicts

HELP = "measure a model, backend or variant against another, in turn on this machine, and judge"
PASSES_ON = "All other options, after both names, are pytest's and the plugin's: --swap-phase predict, -k expression."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "before", metavar="BEFORE", help="the row to compare with: model-backend, or model-backend-variant"
    )
    parser.add_argument("now", metavar="NOW", help="the row that is judged, named likewise")
    in_turn.add_arguments(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print every verdict and those that need telling; the status is the gate's."""
    names = {"BEFORE": chosen.before, "NOW": chosen.now}
    asked = Pair(before=chosen.before, now=chosen.now, **in_turn.question(chosen, names))
    return in_turn.answer(chosen, lambda teller: compare(asked, teller), _shown)


def _shown(gate: Gate) -> Iterator[str]:
    width, ink = screen.width(), screen.ink()
    yield from verdicts.of_row(gate.verdicts, gate.baseline, width, ink)
    yield ""
    yield from text.gate_lines(gate, width, ink)
