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


def unpack(text: str) -> "NDArray[Any]":
    """Return what pack was given, as booleans or floats (n,); raises ValueError for anything else."""
    import numpy as np

    head, _, body = text.partition(":")
    size = int(head[1:])
    raw = zlib.decompress(base64.b64decode(body, validate=True))
    if head[0] == "b":
        return np.unpackbits(np.frombuffer(raw, np.uint8), count=size).astype(bool)
    values = np.frombuffer(raw, "<f4").astype(float)
    if values.size != size:
        raise ValueError(f"{values.size} values where {size} were said")
    return values
