"""`swapbench list`: the suites that test files declare, and how many cells each has."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from swapbench.commands import screen
from swapbench.commands.store import add_store, opened, store_folder
from swapbench.paired.side import declared
from swapbench.plan.cell import Cell
from swapbench.plan.suite import PROFILES
from swapbench.record.store import JOURNAL
from swapbench.show import text
from swapbench.show.paragraph import wrapped

HELP = "list the declared suites, their models, backends, datasets and cells, and how long they took last time"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", default=["bench"], metavar="PATH", help="test files (default: bench)")
    parser.add_argument("--profile", default="quick", help=f"one of {', '.join(PROFILES)} (default: %(default)s)")
    parser.add_argument("--data", metavar="DIR", help="folder of real data sets")
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print the suites as text or JSON."""
    data = [f"--swap-data={chosen.data}"] if chosen.data else []
    planned = declared(Path.cwd(), [f"--swap-profile={chosen.profile}", *data, *chosen.paths])
    suites, absence = planned["suites"], planned["absence"]
    for suite in suites:
        suite["estimate"] = _estimate(suite["cells"], store_folder(chosen.store))
    if chosen.json:
        print(json.dumps({"profile": chosen.profile, "suites": suites, "absence": absence}, indent=1))
    else:
        width = screen.width()
        told = [text.listed(suite, width) for suite in suites] + ([wrapped(absence, width)] if absence else [])
        print("\n\n".join(map("\n".join, told)) or "no suites are declared there")
    return 0


def _estimate(cells: Sequence[Mapping[str, Any]], store: Path) -> dict[str, Any]:
    """Return how many seconds those of the cells took that the store has measured, and how many it has not.

    Each counts with the rounds of its last measurement; waiting for others is left out.
    """
    named = [Cell.from_dict(cell) for cell in cells]
    if not (store / JOURNAL).exists():
        return {"seconds": 0.0, "unmeasured": len(named)}
    with opened(store) as journal:
        latest = journal.latest(named)
    return {"seconds": sum(record.elapsed_s for record in latest.values()), "unmeasured": len(named) - len(latest)}
