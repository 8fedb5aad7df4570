"""Locks on files, which the kernel frees when their holder dies, so that a killed run leaves nothing behind.

Windows has none of them, and needs none: what they keep apart are runs, and nothing is measured there.
"""

import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.base.waiting import Waiting, silently


def lock_folder() -> Path:
    """Return the folder of this machine's locks, made on first use; SWAPBENCH_LOCKS names another. Raises SwapError
    where there can be none."""
    folder = _named_folder()
    try:
        if not folder.is_dir():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o1777)  # every user's runs share the machine, none may remove another's file
    except FileExistsError as error:
        raise SwapError(
            f"{folder}, for this machine's locks, is no folder; name another with SWAPBENCH_LOCKS."
        ) from error
    except OSError as error:
        raise SwapError(
            f"{folder}, for this machine's locks, cannot be made ({error.strerror}); name another folder with "
            "SWAPBENCH_LOCKS."
        ) from error
    return folder


def _named_folder() -> Path:
    return Path(os.environ.get("SWAPBENCH_LOCKS") or Path(tempfile.gettempdir()) / "swapbench-locks")


@contextmanager
def locked(path: Path, *, shared: bool = False, waiting: Waiting = silently) -> Iterator[None]:
    """Hold the lock of a file, blocking until it is free; `waiting` is entered for as long as it is not.

    Raises SwapError where this user can neither open nor make it.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    descriptor = _opened(path)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            with waiting(path):
                fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def attempted(path: Path) -> Iterator[bool]:
    """Hold the lock of a file where nobody else does, and tell whether that is so; see locked."""
    if sys.platform == "win32":
        yield True
        return
    import fcntl

    descriptor = _opened(path)
    try:
        held = True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held = False
        yield held
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open a lock file, made on first use, in a way that works for every user of the machine.

    Locking needs no right to write. The kernel refuses to open another user's file in a folder like /tmp with O_CREAT
    (fs.protected_regular), so the file is made under a name of its own and then given its place.
    """
    while True:
        try:
            with suppress(FileNotFoundError):
                return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            _make(path)
        except OSError as error:
            option = "SWAPBENCH_LOCKS" if path.parent == _named_folder() else "--swap-store"
            raise SwapError(
                f"The lock {path} can be neither opened nor made by this user ({error.strerror}); have it opened to "
                f"all, or name another folder with {option}."
            ) from error


def _make(path: Path) -> None:
    made = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}")
    descriptor = os.open(made, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
    try:
        os.fchmod(descriptor, 0o644)  # whatever this user's umask says
        with suppress(FileExistsError):  # somebody else has just made it
            os.link(made, path)
    finally:
        os.close(descriptor)
        made.unlink()
