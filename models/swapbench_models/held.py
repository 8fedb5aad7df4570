"""Held: a folder in which one process works at a time, by a lock that lies in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from swapbench_models.error import FamilyError


@contextmanager
def held(lock: Path) -> Iterator[None]:
    """Hold a lock, whose file is made where its folder is; raises FamilyError where another process holds it, or it
    cannot be opened. A process that is killed holds nothing."""
    with _opened(lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise FamilyError(f"{lock.parent}: another process is at work there; wait for its end.") from None
        yield


def _opened(lock: Path) -> BinaryIO:
    """Return a lock's file, whose content stays, and which is no other's by a link."""
    try:
        return os.fdopen(os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666), "r+b", buffering=0)
    except OSError as error:
        raise FamilyError(f"{lock}: cannot be opened ({error.strerror}); delete it, or give another folder.") from error
