"""Sharpness: how fast a picture changes from pixel to pixel."""

import math

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.gray import Gray
from swapbench_models.video.features.strips import mirrored, strips

_EDGE = 1
_TWO, _FOUR = np.int16(2), np.int16(4)

Exact = NDArray[np.int16]


def sharpness(picture: Gray) -> tuple[float, float, float, float, float, float]:
    """Return, in levels of 0 to 255, the variance of the Laplacian; mean, standard deviation and largest value of the
    gradient by Sobel's kernels, and its mean square (Tenengrad); and Brenner's mean square of the difference to two
    rows below.

    Differences of bytes are exact in 16 bits, and so are their sums, as float64. Beyond its edges a picture is mirrored,
    so that the gradient is zero in its corners: its variance is no small difference of two large numbers.
    """
    curve = curve_squares = gradient = squares = largest = 0.0
    for strip in strips(mirrored(picture, _EDGE), _EDGE):
        curved = _laplacian(strip).astype(np.float64)
        curve += float(curved.sum())
        curve_squares += float(np.einsum("ij,ij->", curved, curved))
        steep = _gradient_squares(strip).astype(np.float64)
        squares += float(steep.sum())
        np.sqrt(steep, out=steep)
        gradient += float(steep.sum())
        largest = max(largest, float(steep.max()))
    mean, tenengrad = gradient / picture.size, squares / picture.size
    return (
        curve_squares / picture.size - (curve / picture.size) ** 2,
        mean,
        math.sqrt(max(0.0, tenengrad - mean**2)),
        largest,
        tenengrad,
        _brenner(picture),
    )


def _laplacian(strip: Exact) -> Exact:
    middle = strip[1:-1, 1:-1]
    made = strip[1:-1, :-2] + strip[1:-1, 2:]
    made += strip[:-2, 1:-1]
    made += strip[2:, 1:-1]
    made -= middle * _FOUR
    return made


def _gradient_squares(strip: Exact) -> NDArray[np.float32]:
    """Return the squares of the gradient; they are below 2^24, where float32 is exact."""
    smooth = strip[1:-1] * _TWO
    smooth += strip[:-2]
    smooth += strip[2:]
    down = strip[2:] - strip[:-2]
    turned = down[:, 1:-1] * _TWO
    turned += down[:, :-2]
    turned += down[:, 2:]
    made = (smooth[:, 2:] - smooth[:, :-2]).astype(np.float32)
    made *= made
    other = turned.astype(np.float32)
    other *= other
    made += other
    return made


def _brenner(picture: Gray) -> float:
    """Return zero for a picture of fewer than three rows."""
    total = count = 0.0
    below = picture[2:]
    for upper, lower in zip(strips(picture[: len(below)]), strips(below), strict=True):
        change = np.subtract(lower, upper, dtype=np.int16).astype(np.float64)
        total, count = total + float(np.einsum("ij,ij->", change, change)), count + change.size
    return total / count if count else 0.0
