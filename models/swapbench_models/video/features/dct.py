"""DCT: how strong the frequencies of 8 x 8 blocks are, which codecs round, the higher the more."""

import math

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.strips import EDGE, Exact, strips

_SIDE = 8
_LEVELS = 255
# The orthonormal DCT-II of a column is a product with this matrix (Ahmed, Natarajan and Rao, "Discrete Cosine
# Transform", 1974); for all blocks of a picture it takes less than half as long as scipy.fft.dctn over the blocks.
_BASIS = np.cos(np.pi / _SIDE * np.outer(np.arange(_SIDE), np.arange(_SIDE) + 0.5)) * math.sqrt(2 / _SIDE)
_BASIS[0] /= math.sqrt(2)
_LOW = ((0, 0, 0, 1, 2, 3), (1, 2, 3, 0, 0, 0))
_HIGH = np.s_[4:, 4:]


def dct(edged: Exact) -> tuple[float, float, float, float, float, float, float]:
    """Return of the coefficients of all blocks of 8 x 8 of a mirrored picture, in levels of 0 to 1: mean and standard
    deviation of the first, mean magnitude and standard deviation of the others, the mean magnitude of the six lowest of
    these in the first row and column and of the sixteen highest, and the ratio of these two.

    A picture that is not made of whole blocks goes on to the right and below as it ends.
    """
    picture = edged[EDGE:-EDGE, EDGE:-EDGE]
    if any(side % _SIDE for side in picture.shape):
        picture = np.pad(picture, [(0, -side % _SIDE) for side in picture.shape], mode="edge")
    firsts = []
    sums, squares, magnitudes = np.zeros((3, _SIDE, _SIDE))
    for strip in strips(picture, 0):
        found = _coefficients(strip)
        firsts.append(found[:, 0, :, 0].flatten())
        sums += _summed(found)
        magnitudes += _summed(np.abs(found))
        squares += _summed(np.square(found, out=found))
    first = np.concatenate(firsts) / _LEVELS
    return float(first.mean()), float(first.std()), *_others(sums, squares, magnitudes, len(first))


def _coefficients(strip: Exact) -> NDArray[np.float64]:
    """Return the coefficients (blocks, 8, blocks, 8) of the blocks of a strip, in levels of 0 to 255."""
    columns = _BASIS @ strip.astype(np.float64).reshape(-1, _SIDE, strip.shape[1])
    found: NDArray[np.float64] = (columns.reshape(-1, _SIDE) @ _BASIS.T).reshape(len(columns), _SIDE, -1, _SIDE)
    return found


def _summed(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum (8, 8) over all blocks; rows first, which are long."""
    total: NDArray[np.float64] = found.reshape(len(found), -1).sum(0).reshape(found.shape[1:]).sum(1)
    return total


def _others(
    sums: NDArray[np.float64], squares: NDArray[np.float64], magnitudes: NDArray[np.float64], blocks: int
) -> tuple[float, float, float, float, float]:
    """Return what is said of all coefficients but the first, from sums over the blocks."""
    sums[0, 0] = squares[0, 0] = magnitudes[0, 0] = 0
    each = magnitudes / (blocks * _LEVELS)
    count = blocks * (_SIDE**2 - 1)
    variance = float(squares.sum()) / count - (float(sums.sum()) / count) ** 2
    low, high = float(each[_LOW].mean()), float(each[_HIGH].mean())
    return (
        float(each.sum()) / (_SIDE**2 - 1),
        math.sqrt(max(0.0, variance)) / _LEVELS,
        low,
        high,
        low / (high + 1e-6),
    )
