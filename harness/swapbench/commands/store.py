"""The store that commands read: its journal, and runs by their id in it or as files."""

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.plan import table
from swapbench.record import document
from swapbench.record.journal import Journal
from swapbench.record.run import Run
from swapbench.record.store import JOURNAL, STORE


def add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store", metavar="DIR", help=f"folder of the journal (default: {STORE}, here or in the nearest folder above)"
    )


def store_folder(given: str | None) -> Path:
    """Return the folder of the store: the one that is given, else the nearest that is set or has a journal."""
    if given is not None:
        return Path(given)
    found = (table.path_of(folder, "store") or folder / STORE for folder in _upwards())
    return next((store for store in found if (store / JOURNAL).exists()), Path(STORE))


def baseline_path(given: str | None, store: Path) -> Path:
    """Return where the baseline is: as given, else where the nearest settings say, else in the store."""
    found = filter(None, (table.path_of(folder, "baseline") for folder in _upwards()))
    return Path(given) if given else next(found, store / "baseline.json")


def _upwards() -> Iterator[Path]:
    """Yield this folder and those above, as far as the repository reaches: pytest keeps everything in its root folder,
    and commands are typed below that too."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        yield folder
        if (folder / ".git").exists():
            return


def load(name: str | None, store: Path) -> Run:
    """Return the run of a file, of an id in the store, or the last one of the store when there is no name.

    Raises SwapError when there is none.
    """
    if name is not None and (Path(name).exists() or name.endswith(".json")):
        return document.read(Path(name))
    with opened(store) as journal:
        found = name or journal.last_run()
        if found is None:
            raise SwapError(f"{store}: its journal has no run yet; measure with pytest bench/ --benchmark-only.")
        return journal.run(found)


def load_all(store: Path) -> list[Run]:
    """Return every run of the store, the oldest first; raises SwapError when there is none."""
    with opened(store) as journal:
        found = [journal.run(name) for name in journal.runs()]
    if not found:
        raise SwapError(f"{store}: its journal holds no run; measure first.")
    return found


@contextmanager
def opened(store: Path) -> Iterator[Journal]:
    """Open the journal of a store for the length of a with block; raises SwapError when there is none."""
    if not (store / JOURNAL).exists():
        raise SwapError(f"{store}: there is no journal; measure first, name a file, or name the folder with --store.")
    with closing(Journal(store)) as journal:
        yield journal
