"""Stores: the folder in which a machine's measurements are kept."""

from pathlib import Path

JOURNAL = "journal.sqlite"  # its file in a store
STORE = ".benchmarks/swapbench"  # in pytest's root folder, beside what pytest-benchmark keeps

# The accepted baseline is the one file that a team may want to share.
_IGNORED = "# Made by swapbench.\n*\n!baseline.json\n"


def made(folder: Path) -> Path:
    """Return a store's folder, made on first use, with a `.gitignore` that keeps measurements out of the repository.

    A folder that was there before is its owner's and gets none.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        return folder
    (folder / ".gitignore").write_text(_IGNORED)
    return folder
