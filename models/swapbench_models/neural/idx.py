"""IDX: the file format of the original MNIST, plain or gzipped.

Two zero bytes, the type of the values, the number of dimensions, each dimension in four bytes with the highest first,
then the values in C order.
"""

import gzip
import math
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models import reading
from swapbench_models.neural.error import DataError

_MOST_BYTES = 1 << 30  # unpacked: the largest set in this form has some half of it
_BYTES = 8  # the type code of unsigned bytes, the only type that MNIST uses


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read a file (gzipped when its name ends so) of unsigned bytes; raises DataError when it is not whole."""
    try:
        content = reading.read(path, _MOST_BYTES)
        if path.suffix == ".gz":
            content = reading.whole(gzip.GzipFile(fileobj=BytesIO(content)), _MOST_BYTES)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise DataError(f"{path}: it cannot be read ({error}); fetch the file again.") from error
    return parse_idx(content, dimensions, str(path))


def parse_idx(content: bytes, dimensions: int, name: str) -> NDArray[np.uint8]:
    """Return the array that `content` holds; raises DataError naming `name` when magic number or size is wrong."""
    magic = bytes((0, 0, _BYTES, dimensions))
    if content[:4] != magic:
        raise DataError(
            f"{name}: expected the magic number 0x{magic.hex()} (unsigned bytes in {dimensions} dimensions), "
            f"found 0x{content[:4].hex()}; this is another file, or not in IDX format: fetch it again."
        )
    start = 4 + 4 * dimensions
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, start, 4))
    if len(content) != start + math.prod(shape):
        raise DataError(
            f"{name}: expected {start + math.prod(shape)} bytes for an array of {' x '.join(map(str, shape))}, "
            f"found {len(content)}; fetch the file again."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
