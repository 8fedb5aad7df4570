"""Per-example results, packed into text that a record can hold."""

import base64
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOST = 1 << 25  # examples that a fold tests, of which a record can hold results


def pack(values: Any) -> str:
    """Return (n,) booleans as bits, or other numbers as 32-bit floats, in compressed base 64 after kind and count;
    raises ValueError for any other shape, and for more than a record can hold."""
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"values of shape {array.shape} are not one an example")
    if array.size > _MOST:
        raise ValueError(f"{array.size:,} examples are more than the {_MOST:,} of which a record can hold results")
    kind, raw = ("b", np.packbits(array)) if array.dtype == bool else ("f", array.astype("<f4"))
    return f"{kind}{array.size}:{base64.b64encode(zlib.compress(raw.tobytes())).decode()}"


def opened(text: str) -> tuple[str, int, bytes]:
    """Return the kind, the count and the bytes of what pack was given; raises ValueError for anything else."""
    head, _, body = text.partition(":")
    kind, size = head[:1], int(head[1:])
    if kind not in ("b", "f") or not 0 <= size <= _MOST:
        raise ValueError(f"{size} values of kind {kind!r}, and a record has at most {_MOST:,}")
    wanted = -(-size // 8) if kind == "b" else 4 * size
    raw = _unpacked(base64.b64decode(body, validate=True), wanted)
    if len(raw) != wanted:
        raise ValueError(f"{len(raw)} bytes or more of kind {kind!r} where {size} values were said")
    return kind, size, raw


def _unpacked(body: bytes, wanted: int) -> bytes:
    """Return what is packed in a body, or its beginning where it is more than is wanted: a few bytes may be made to
    fill memory."""
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(body, wanted + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not unpacking.eof and len(found) <= wanted:
        raise ValueError("they are cut off")
    return found


def unpack(text: str) -> "NDArray[Any]":
    """Return what pack was given, as booleans or floats (n,); raises ValueError for anything else."""
    import numpy as np

    kind, size, raw = opened(text)
    if kind == "b":
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=size).astype(bool)
    return np.frombuffer(raw, "<f4").astype(float)
