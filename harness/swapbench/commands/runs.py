"""`swapbench runs`: what the store holds, a line a run."""

import argparse
import json
from dataclasses import asdict

from swapbench.base.units import counted
from swapbench.commands.store import add_store, opened, store_folder
from swapbench.show.paragraph import harmless

HELP = "list the runs of the store, the oldest first"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_store(parser)


def run(chosen: argparse.Namespace) -> int:
    """Print each run with its suites, and how its cells ended."""
    with opened(store_folder(chosen.store)) as journal:
        digests = journal.digests()
    if chosen.json:
        print(json.dumps([asdict(digest) for digest in digests], indent=1))
        return 0
    for digest in digests:
        ended = ", ".join(f"{count} {status}" for status, count in digest.statuses.items()) or "nothing measured"
        cells = counted(digest.cells, "cell")
        print(harmless(f"{digest.run}  {digest.profile}  {', '.join(digest.suites)}  {cells}: {ended}"))
    if not digests:
        print("no runs yet")
    return 0
