"""Npz: named arrays in an archive as numpy writes it, of which none is larger than the archive says, and no pickle."""

import math
import zlib
from collections.abc import Iterator
from io import BytesIO
from tokenize import TokenError
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import numpy as np
from numpy.lib import format as forms
from numpy.typing import NDArray

Array = NDArray[Any]

_MOST = 1 << 32  # bytes of all arrays together: a few bytes may be packed that fill memory
_ENDING = ".npy"
# Others can make gigabytes before one can say how many are wanted.
_PACKED = {ZIP_STORED, ZIP_DEFLATED}
# What zipfile, zlib and numpy raise of what is damaged, depending on which of its bytes are wrong.
DAMAGE = (
    *(BadZipFile, zlib.error, EOFError, KeyError, IndexError, NotImplementedError, RuntimeError, OSError, TypeError),
    *(SyntaxError, OverflowError, RecursionError, MemoryError, TokenError, ValueError),
)


def arrays(content: bytes | memoryview, most: int = _MOST) -> dict[str, Array]:
    """Return the arrays by name; raises ValueError for what is damaged, no such archive, or larger than `most` bytes
    when it is unpacked."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            return dict(_arrays(archive, most))
    except DAMAGE as error:
        raise ValueError(str(error) or "it is damaged") from error


def _arrays(archive: ZipFile, most: int) -> Iterator[tuple[str, Array]]:
    members = archive.infolist()
    if sum(member.file_size for member in members) > most:
        raise ValueError(f"unpacked, it has more than {most:,} bytes")
    for member in members:
        if member.compress_type not in _PACKED:
            raise ValueError(f"{member.filename} is packed as numpy never does")
        yield member.filename.removesuffix(_ENDING), array(archive.read(member))


def array(content: bytes) -> Array:
    """Return the array of a file of its own (.npy); raises ValueError, or what numpy does, where it holds none that is
    just as large as that file."""
    file = BytesIO(content)
    version = forms.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"an array in a file of version {version}")
    read = forms.read_array_header_1_0 if version == (1, 0) else forms.read_array_header_2_0
    shape, by_columns, kind = read(file)
    if kind.hasobject:
        raise ValueError("it holds objects, which are read by running what a file says")
    if not kind.itemsize or min(shape, default=0) < 0:
        raise ValueError(f"an array of shape {shape} and kind {kind}")
    if math.prod(shape) * kind.itemsize != len(content) - file.tell():
        raise ValueError(f"{len(content) - file.tell():,} bytes for an array of shape {shape} and kind {kind}")
    values = np.frombuffer(bytearray(content[file.tell() :]), kind)  # which may be written to
    return values.reshape(shape, order="F" if by_columns else "C")
