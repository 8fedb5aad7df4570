"""Texts and files as they are written down: in characters that a file can hold, and whole or not at all."""

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def text(value: str) -> str:
    """Return a text as UTF-8 can hold it: what stands for a byte that was none, as in a file's name, by its number.

    One that can be held is returned itself: thousands of records share the texts of their environment.
    """
    held = value.encode(errors="backslashreplace").decode()
    return value if held == value else held


def plain(value: Any) -> Any:
    """Return a plain value with each text in it as UTF-8 can hold it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {plain(key): plain(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [plain(own) for own in value]
    return value


def write(path: Path, content: str) -> None:
    """Write a file that is at each moment the old one or the new one, whole; raises OSError where it cannot be."""
    place = Path(os.path.realpath(path))  # of a link the file that it leads to is replaced
    data = text(content).encode()
    if place.exists() and not place.is_file():  # a device or a pipe has no place to be moved to
        place.write_bytes(data)
        return
    beside = place.with_name(f".swapbench-{uuid.uuid4().hex[:8]}")  # however long its own name is
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(place)
    finally:
        beside.unlink(missing_ok=True)
