"""Runs under way: each process of a run holds a lock as long as it lives, so that nobody takes from under it what it
needs, and nothing has to be cleared up where it is killed."""

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

from swapbench.base.error import SwapError

_FOLDER = "underway"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def hold(store: Path, run: str) -> int:
    """Take part in a run, until the descriptor that is returned is closed; raises OSError where the store cannot be
    written, and SwapError for what is no name of a run: whoever wrote the journal may have written any."""
    import fcntl  # here, for Windows has none; see base/lock.py

    if not _NAME.fullmatch(run):
        raise SwapError(f"{run!r} is no name of a run; forget it, and begin another one.")
    folder = store / _FOLDER
    folder.mkdir(exist_ok=True)
    while True:
        descriptor = os.open(folder / run, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # it was removed as nobody's between these two calls


def underway(store: Path) -> list[str]:
    """Return the runs of a store that some process takes part in."""
    folder = store / _FOLDER
    return [path.name for path in sorted(folder.iterdir()) if _held(path)] if folder.is_dir() else []


def _held(path: Path) -> bool:
    """Tell whether a process holds a lock, and remove the file where none does, as far as it is this user's to."""
    if sys.platform == "win32":
        return False
    import fcntl

    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        with suppress(OSError):
            path.unlink()
        return False
    finally:
        os.close(descriptor)
