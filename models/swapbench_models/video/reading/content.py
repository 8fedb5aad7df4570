"""Content: what is in a file, whatever it is called, and whether it is still that."""

import hashlib
from pathlib import Path

from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.regular import regular, unreadable

State = tuple[int, int, int]


def digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; raises VideoError, which names it, where it cannot be read."""
    regular(path)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error


def state(path: Path) -> State:
    """Return what changes when a file is written; raises VideoError, which names it, where there is none."""
    found = regular(path)
    return found.st_ino, found.st_size, found.st_mtime_ns


def check_unchanged(path: Path, before: State) -> None:
    """Raise VideoError where a file was written since it had this state."""
    if state(path) != before:
        raise VideoError(f"{path}: was written while it was read; try again when it is complete.")
