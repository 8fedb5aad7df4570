"""`swapbench recover`: keeps what is whole of a damaged journal."""

import argparse
import json

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.commands import screen
from swapbench.commands.store import add_store, store_folder
from swapbench.record.salvage import is_whole, salvage
from swapbench.record.store import JOURNAL
from swapbench.record.underway import underway

HELP = "put a journal of what is whole in the place of a damaged one, which is kept"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Say what could be kept, and how the rest comes back."""
    path = store_folder(chosen.store) / JOURNAL
    if not path.is_file():
        raise SwapError(f"{path.parent}: there is no journal; name the folder with --store.")
    busy = underway(path.parent)
    if busy:
        raise SwapError(f"Run {busy[0]} is being measured; recover the journal when it has ended.")
    if is_whole(path):
        screen.say(f"{path}: it is whole; there is nothing to recover.")
        return 0
    try:
        found = salvage(path)
    except OSError as error:
        raise SwapError(f"{path}: it could not be recovered ({error.strerror}); it is as it was.") from error
    if chosen.json:
        print(json.dumps({"damaged": str(found.damaged), "rows": dict(found.rows)}, indent=1))
        return 0
    kept = " and ".join(units.counted(found.rows.get(f"{noun}s", 0), noun) for noun in ("run", "record"))
    screen.say(
        f"{path}: {kept} are whole and kept; the damaged file is {found.damaged.name} beside it. What else the last "
        "run has comes back with --swap-resume; until then its report may lack cells."
    )
    return 0
