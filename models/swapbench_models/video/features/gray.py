"""Gray: the brightness of a picture, as features are made of it."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.error import VideoError

Gray = NDArray[np.uint8]

# ITU-R BT.601 in parts of 2^15, rounded so that they add up. Sums of them stay below 2^24, where float32 is exact, and
# a product of matrices is faster than one of integers.
_PARTS = np.array([9798, 19235, 3735], np.float32)
_WHOLE = 1 << 15


def gray(picture: NDArray[Any]) -> Gray:
    """Return the brightness (H, W) of a picture in RGB (H, W, 3) or of one colour (H, W) or (H, W, 1), all uint8.

    Raises VideoError for what is no picture, or has no pixel.
    """
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or not picture.size:
        raise VideoError(f"Expected a picture of bytes, found {picture.dtype} of shape {picture.shape}.")
    if picture.ndim == 2:
        return picture
    if picture.shape[2] == 1:
        return picture[..., 0]
    if picture.shape[2] != 3:
        raise VideoError(f"Expected a picture in RGB or of one colour, found one of shape {picture.shape}.")
    return ((picture.astype(np.float32) @ _PARTS + _WHOLE / 2) * np.float32(1 / _WHOLE)).astype(np.uint8)
