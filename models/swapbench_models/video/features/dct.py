"""DCT: how strong the frequencies of 8 x 8 blocks are, which codecs round, the higher the more."""

import math

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.strips import EDGE, Exact, strips

_SIDE = 8
_PIXELS = _SIDE**2
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
    pixels, magnitudes, squares = np.zeros((_SIDE, _SIDE)), np.zeros((_SIDE, _SIDE)), 0.0
    for strip in strips(picture, 0):
        exact = strip.astype(np.float64)
        squares += float(np.vdot(exact, exact))
        blocks = exact.reshape(-1, _SIDE, strip.shape[1])
        pixels += _summed(blocks.reshape(len(blocks), _SIDE, -1, _SIDE))
        found = _coefficients(blocks)
        firsts.append(found[:, 0, :, 0].flatten())
        magnitudes += _summed(np.abs(found, out=found))
    first = np.concatenate(firsts)
    # A block's first coefficient is the sum of its pixels over eight, and all squares of its coefficients are as much
    # as those of its pixels (Parseval): what the others have of them is a difference of whole numbers, which is exact.
    energy = (_PIXELS * squares - float(np.square(np.rint(first * _SIDE)).sum())) / _PIXELS
    # The transform is linear: the sum over blocks is the transform of the blocks' sum.
    total = _BASIS @ pixels @ _BASIS.T
    total[0, 0] = magnitudes[0, 0] = 0
    first /= _LEVELS
    return float(first.mean()), float(first.std()), *_others(float(total.sum()), energy, magnitudes, len(first))


def _coefficients(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the coefficients (rows, 8, columns, 8) of blocks that lie in rows (rows, 8, W), in levels of 0 to 255."""
    columns = _BASIS @ blocks
    found: NDArray[np.float64] = (columns.reshape(-1, _SIDE) @ _BASIS.T).reshape(len(columns), _SIDE, -1, _SIDE)
    return found


def _summed(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum (8, 8) over all blocks; rows first, which are long."""
    total: NDArray[np.float64] = found.reshape(len(found), -1).sum(0).reshape(found.shape[1:]).sum(1)
    return total


def _others(
    total: float, energy: float, magnitudes: NDArray[np.float64], blocks: int
) -> tuple[float, float, float, float, float]:
    """Return what is said of all coefficients but the first, from sums over the blocks."""
    each = magnitudes / (blocks * _LEVELS)
    count = blocks * (_PIXELS - 1)
    variance = energy / count - (total / count) ** 2
    low, high = float(each[_LOW].mean()), float(each[_HIGH].mean())
    return (
        float(each.sum()) / (_PIXELS - 1),
        math.sqrt(max(0.0, variance)) / _LEVELS,
        low,
        high,
        low / (high + 1e-6),
    )
