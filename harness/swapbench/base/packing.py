"""Per-example results, packed into text that a record can hold."""

import base64
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def pack(values: Any) -> str:
    """Return (n,) booleans as bits, or other numbers as 32-bit floats, in compressed base 64 after kind and count;
    raises ValueError for any other shape."""
    import numpy as np

    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"values of shape {array.shape} are not one an example")
    kind, raw = ("b", np.packbits(array)) if array.dtype == bool else ("f", array.astype("<f4"))
    return f"{kind}{array.size}:{base64.b64encode(zlib.compress(raw.tobytes())).decode()}"


def opened(text: str) -> tuple[str, int, bytes]:
    """Return the kind, the count and the bytes of what pack was given; raises ValueError for anything else."""
    head, _, body = text.partition(":")
    kind, size = head[:1], int(head[1:])
    try:
        raw = zlib.decompress(base64.b64decode(body, validate=True))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if kind not in ("b", "f") or len(raw) != (-(-size // 8) if kind == "b" else 4 * size):
        raise ValueError(f"{len(raw)} bytes of kind {kind!r} where {size} values were said")
    return kind, size, raw


def unpack(text: str) -> "NDArray[Any]":
    """Return what pack was given, as booleans or floats (n,); raises ValueError for anything else."""
    import numpy as np

    kind, size, raw = opened(text)
    if kind == "b":
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=size).astype(bool)
    return np.frombuffer(raw, "<f4").astype(float)
