"""`swapbench compare`: two runs side by side, a verdict on each cell and metric."""

import argparse
import json
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.base.garbage import unsearched
from swapbench.commands import screen
from swapbench.commands.store import add_store, load, store_folder
from swapbench.judge.gate import FINE, Gate
from swapbench.judge.judgement import judge
from swapbench.judge.lone import LIFE
from swapbench.record.run import Run
from swapbench.show import files, text, verdicts
from swapbench.show.summary import summarize

HELP = "compare two runs or files, ours or pytest-benchmark's"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("baseline", metavar="A", help="what is compared with: a file, or a run of the store")
    parser.add_argument("run", metavar="B", help="what is judged: a file, or a run of the store")
    parser.add_argument(
        "--fail", action="store_true", help="exit 1 for what is worse than allowed, 3 for what is unclear"
    )
    parser.add_argument(
        "--report", action="append", default=[], metavar="PATH", help="write a report: .html, .md, .csv or .json"
    )
    parser.add_argument(
        "--life",
        type=float,
        default=100 * LIFE,
        metavar="PERCENT",
        help="what one process may differ from another of the same code, for tests with one a side; `selfcheck "
        "--gate` measures it (default: %(default)g)",
    )
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print the verdicts; with --fail the status is the gate's."""
    with unsearched():
        return _compared(chosen)


def _compared(chosen: argparse.Namespace) -> int:
    if not 0 <= chosen.life < 100:
        raise SwapError(f"--life {chosen.life:g}: give a percentage, from 0 to less than 100.")
    reports = [Path(path) for path in chosen.report]
    for path in reports:
        files.check(path, "--report")
    baseline, now = (load(name, store_folder(chosen.store)) for name in (chosen.baseline, chosen.run))
    _check_common(baseline, now)
    gate = Gate(chosen.baseline, judge(baseline, now, life=chosen.life / 100))
    if chosen.json:
        print(json.dumps(gate.as_dict(), indent=1))
    else:
        width, ink = screen.width(), screen.ink()
        print("\n".join([*verdicts.table(gate.verdicts, width, ink), "", *text.gate_lines(gate, width, ink)]))
    for path in reports:
        files.write(summarize(now, gate, baseline), path)
    return gate.status if chosen.fail else FINE


def _check_common(baseline: Run, now: Run) -> None:
    """Raise SwapError when two runs have no cell in common: whatever was compared, it was not what was meant."""
    if not baseline.records or not now.records:
        empty = baseline if not baseline.records else now
        raise SwapError(f"{empty.name}: it has no records, so there is nothing to compare.")
    if not _names(baseline) & _names(now):
        raise SwapError(
            f"{baseline.name} and {now.name} have no cell in common: the first has {_some(baseline)}, "
            f"the second {_some(now)}."
        )


def _names(run: Run) -> set[str]:
    return {str(record.cell) for record in run.records}


def _some(run: Run) -> str:
    return f"{run.records[0].cell} and {len(run.records) - 1} more"
