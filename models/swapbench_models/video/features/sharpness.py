"""Sharpness: how fast a picture changes from pixel to pixel."""

import math

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.strips import EDGE, Exact, strips

_TWO, _FOUR = np.int16(2), np.int16(4)


def sharpness(edged: Exact) -> tuple[float, float, float, float, float, float]:
    """Return of a mirrored picture, in levels of 0 to 255, the variance of its Laplacian; mean, standard deviation and
    largest value of its gradient by Sobel's kernels, and its mean square (Tenengrad); and the mean square of what it
    differs from itself two rows below (Brenner), which is zero for fewer than three rows.

    Differences of bytes are exact in 16 bits, and their sums as float64. The gradient of a mirrored picture is zero in
    its corners: its variance is no small difference of two large numbers.
    """
    height, width = (side - 2 * EDGE for side in edged.shape)
    curve = curve_squares = gradient = squares = change = largest = 0.0
    for strip in strips(edged):
        near = strip[1:-1, 1:-1]
        curved = _laplacian(near).astype(np.float64)
        curve += float(curved.sum())
        curve_squares += _squared(curved)
        steep = _gradient_squares(near).astype(np.float64)
        squares += float(steep.sum())
        np.sqrt(steep, out=steep)
        gradient += float(steep.sum())
        largest = max(largest, float(steep.max()))
        change += _squared((strip[4:, EDGE:-EDGE] - strip[2:-2, EDGE:-EDGE]).astype(np.float64))
    # Of the last two rows, what is below them is their mirror.
    change -= _squared((edged[-2:, EDGE:-EDGE] - edged[-4:-2, EDGE:-EDGE]).astype(np.float64))
    pixels = height * width
    mean, tenengrad = gradient / pixels, squares / pixels
    return (
        curve_squares / pixels - (curve / pixels) ** 2,
        mean,
        math.sqrt(max(0.0, tenengrad - mean**2)),
        largest,
        tenengrad,
        change / (pixels - 2 * width) if height > EDGE else 0.0,
    )


def _squared(values: NDArray[np.float64]) -> float:
    return float(np.vdot(values, values))  # of whole numbers, and so the same in any order


def _laplacian(near: Exact) -> Exact:
    """Return what the four neighbours of each pixel have more than it."""
    made = near[1:-1, :-2] + near[1:-1, 2:]
    made += near[:-2, 1:-1]
    made += near[2:, 1:-1]
    made -= near[1:-1, 1:-1] * _FOUR
    return made


def _gradient_squares(near: Exact) -> NDArray[np.float32]:
    """Return the squares of the gradient; they are below 2^24, where float32 is exact."""
    smooth = near[1:-1] * _TWO
    smooth += near[:-2]
    smooth += near[2:]
    down = near[2:] - near[:-2]
    turned = down[:, 1:-1] * _TWO
    turned += down[:, :-2]
    turned += down[:, 2:]
    made = (smooth[:, 2:] - smooth[:, :-2]).astype(np.float32)
    made *= made
    other = turned.astype(np.float32)
    other *= other
    made += other
    return made
