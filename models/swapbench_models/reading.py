"""Files: read whole, where they are files and no larger than whoever reads them takes."""

import errno
import json
import os
import stat
from pathlib import Path
from typing import Any, Protocol

MODEL = 1 << 34  # bytes of a file of weights, with what an optimizer keeps beside them
TOLD = 1 << 28  # bytes of what is said of something
# Bytes of a header of safetensors: networks of a thousand tensors have some hundred thousand, and of a million tensors
# without a value each takes its time and its memory all the same.
_HEADER = 1 << 21
_BLOCK = 1 << 22


def read(file: Path, most: int = TOLD) -> bytes:
    """Return what is in a file.

    Raises OSError where it cannot be read, has more bytes, or is no regular file: of a pipe or a device nobody knows
    whether it ends.
    """
    # Without waiting for whoever would write into a pipe.
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file", str(file))
        if told.st_size > most:
            raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(file))
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(told.st_size)
    finally:
        os.close(descriptor)


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def whole(stream: _Stream, most: int) -> bytes:
    """Return all bytes of a stream, such as what a file unpacks to; raises ValueError where there are more."""
    blocks, size = [], 0
    while block := stream.read(_BLOCK):
        blocks.append(block)
        size += len(block)
        if size > most:
            raise ValueError(f"it has more than {most:,} bytes")
    return b"".join(blocks)


def check_header(content: bytes) -> None:
    """Raise ValueError where a file of safetensors, or its first eight bytes, tells of a larger header than any has."""
    size = int.from_bytes(content[:8], "little")
    if size > _HEADER:
        raise ValueError(f"its header has {size:,} bytes, and {_HEADER:,} at most are read")


def values(content: str | bytes) -> Any:
    """Return the values of JSON; raises ValueError for what is none, or deeper than anybody nests it."""
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
