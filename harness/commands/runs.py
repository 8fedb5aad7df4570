"""Runs that commands are given: by their id in the store's journal, or as files."""

import argparse
from contextlib import closing
from pathlib import Path

from harness.plan.error import SwapError
from harness.record import document
from harness.record.journal import Journal
from harness.record.run import Run

STORE = ".benchmarks/swapbench"


def add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--store", default=STORE, metavar="DIR", help="folder of the journal (default: %(default)s)")


def load(name: str | None, store: Path) -> Run:
    """Return the run of a file, of an id in the store, or the last one of the store when there is no name.

    Raises SwapError when there is none.
    """
    if name is not None and (Path(name).exists() or name.endswith(".json")):
        return document.read(Path(name))
    with closing(_journal(store)) as journal:
        found = name or journal.last_run()
        if found is None:
            raise SwapError(f"{store}: its journal has no run yet; measure with pytest bench/ --benchmark-only.")
        return journal.run(found)


def load_all(store: Path) -> list[Run]:
    """Return every run of the store, the oldest first."""
    with closing(_journal(store)) as journal:
        return [journal.run(name) for name in journal.runs()]


def _journal(store: Path) -> Journal:
    if not (store / "journal.sqlite").exists():
        raise SwapError(f"{store}: there is no journal; measure first, name a file, or name the folder with --store.")
    return Journal(store)
