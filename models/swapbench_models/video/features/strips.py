"""Strips: a picture in parts that stay in a processor's cache while they are worked on.

What is measured are sums, so that parts add up. A whole picture of 1280 x 720 takes up to twice as long.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_PIXELS = 1 << 15
_MULTIPLE = 8  # of blocks

Number = TypeVar("Number", bound=np.generic)


def strips(picture: NDArray[Number], edge: int = 0) -> Iterator[NDArray[Number]]:
    """Yield a picture from top to bottom, each part with `edge` rows of its neighbours on both sides, which the picture
    has beyond its own ends as well. All but the last have a multiple of eight rows without them."""
    rows = max(_MULTIPLE, _PIXELS // picture.shape[1] // _MULTIPLE * _MULTIPLE)
    for top in range(0, len(picture) - 2 * edge, rows):
        yield picture[top : top + rows + 2 * edge]


def mirrored(picture: NDArray[Any], edge: int) -> NDArray[np.int16]:
    """Return a picture with `edge` pixels more on all sides, mirrored at the outermost ones."""
    return np.pad(picture, edge, mode="reflect").astype(np.int16)
