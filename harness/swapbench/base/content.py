"""Content: what is in a file that anybody may have written, as far as whoever reads it can take it."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 30  # a report of ten thousand cells of thirty rounds has some 200 MB


def read(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file.

    Raises OSError where it cannot be read, has more than `most`, or is no regular file: of a pipe or a device nobody
    knows whether it ends.
    """
    # Without waiting for whoever would write into a pipe; Windows has none, and would change the ends of lines.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        if told.st_size > most:
            raise OSError(errno.EFBIG, f"it has more than {most:,} bytes")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(told.st_size)
    finally:
        os.close(descriptor)


def text(path: Path, most: int = MOST_BYTES) -> str:
    """Return what `read` does as text; raises UnicodeDecodeError where it is none in UTF-8."""
    return read(path, most).decode()


def values(body: str | bytes) -> Any:
    """Return the values of JSON; raises ValueError for what is none, or deeper than anybody nests it."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
