"""`swapbench forget`: takes runs out of the journal."""

import argparse
import json

from swapbench.base.units import counted
from swapbench.commands.store import add_store, opened, store_folder

HELP = "remove runs from the store; the baseline is a file of its own and stays"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", metavar="RUN", help="runs of the store, as `swapbench runs` names them")
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Remove all of the runs, or none where one is unknown, and say how many records they had."""
    with opened(store_folder(chosen.store)) as journal:
        records = journal.forget(chosen.runs)
    told = {"runs": len(chosen.runs), "records": records}
    print(json.dumps(told) if chosen.json else f"{counted(len(chosen.runs), 'run')} forgotten, {records:,} records.")
    return 0
