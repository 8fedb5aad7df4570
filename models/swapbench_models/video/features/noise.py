"""Noise: what a picture has beyond its own blurred copy."""

import math

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.strips import EDGE, Exact, strips

_TAPS = np.exp(-np.square(np.arange(-EDGE, EDGE + 1)) / 2)  # a Gaussian whose sigma is one pixel
_TAPS /= _TAPS.sum()


def noise(edged: Exact) -> tuple[float, float, float, float]:
    """Return the mean, standard deviation, largest absolute value and mean square of the residual that a Gaussian blur
    of 5 x 5 leaves of a mirrored picture, in levels of 0 to 255."""
    total = squares = largest = 0.0
    pixels = 0
    for strip in strips(edged):
        left = _residual(strip.astype(np.float64))
        total += float(left.sum())
        squares += float(np.vdot(left, left))
        largest = max(largest, float(left.max()), -float(left.min()))
        pixels += len(left) * (strip.shape[1] - 2 * EDGE)
    mean, energy = total / pixels, squares / pixels
    return mean, math.sqrt(max(0.0, energy - mean**2)), largest, energy


def _residual(strip: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a strip less its blur without its edge above and below, and zero in that on its sides."""
    blurred = strip[:-4] + strip[4:]
    blurred *= _TAPS[0] / _TAPS[2]
    inner = strip[1:-3] + strip[3:-1]
    inner *= _TAPS[1] / _TAPS[2]
    blurred += inner
    blurred += strip[2:-2]
    # Rows are laid end to end, for NumPy has this for one long row; where one runs into the next is the edge.
    blurred = np.correlate(blurred.ravel(), _TAPS * _TAPS[2], "same").reshape(blurred.shape)
    left = np.subtract(strip[EDGE:-EDGE], blurred, out=blurred)
    left[:, :EDGE] = left[:, -EDGE:] = 0
    return left
