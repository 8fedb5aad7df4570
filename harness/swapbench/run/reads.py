"""Reads: which files a piece of code opened, so that what was made of them is made anew when they change."""

import os
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from swapbench.plan.files import PYTHON
from swapbench.plan.target import installed

_SYSTEMS = ("/proc/", "/sys/", "/dev/", "/run/", "/etc/", "/usr/", "/var/", sysconfig.get_path("stdlib") + os.sep)


@contextmanager
def noted() -> Iterator[dict[str, str]]:
    """Collect the files that Python opens for reading within a with block; the dictionary is filled at its end, with
    what tells each file's contents from later ones.

    Left out are Python code, libraries, the system's files, and what the block itself writes. Files that a library
    opens without Python (in Rust, or C++) cannot be seen.
    """
    read: set[str] = set()
    written: set[str] = set()
    found: dict[str, str] = {}
    active = True

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if not active or event not in {"open", "sqlite3.connect"} or not isinstance(arguments[0], str | os.PathLike):
            return
        flags = arguments[2] if event == "open" else os.O_RDONLY
        (read if flags & os.O_ACCMODE == os.O_RDONLY else written).add(os.path.abspath(os.fspath(arguments[0])))

    sys.addaudithook(hear)  # for the rest of the process's life, in which it has nothing more to do
    try:
        yield found
    finally:
        active = False
        own = (path for path in sorted(read - written) if not path.startswith(_SYSTEMS))
        paths = (path for path in map(Path, own) if path.suffix not in PYTHON and not installed(path))
        found.update({str(path): _stamp(path) for path in paths if path.is_file()})


def unchanged(noted_before: Mapping[str, str]) -> bool:
    """Tell whether all noted files are what they were."""
    return all(_stamp(Path(path)) == stamp for path, stamp in noted_before.items())


def _stamp(path: Path) -> str:
    try:
        told = path.stat()
    except OSError:
        return "gone"
    return f"{told.st_ino} {told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}"
