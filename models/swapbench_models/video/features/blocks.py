"""Blocks: how much more a picture changes where the blocks of a codec meet than inside them."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.gray import Gray
from swapbench_models.video.features.strips import strips

Sums = NDArray[np.int64]


def boundary_inconsistency(picture: Gray, block: int = 8) -> float:
    """Return the mean absolute difference of neighbours across the boundaries of blocks over that of all others.

    Blocks need not begin at the first pixel, for a picture may have been cut: across and down, boundaries are taken to
    lie where differences are largest, out of the `block` places where they may. One is to be expected of a picture that
    knows no blocks, and zero is returned where there is no difference, or no more than one block either way.
    """
    across, down = _differences(picture)
    met = (0, 0)
    whole = (0, 0)
    for sums, breadth in ((across, picture.shape[0]), (down, picture.shape[1])):
        if len(sums) >= block:
            total, pixels = _largest(sums, breadth, block)
            met = met[0] + total, met[1] + pixels
            whole = whole[0] + int(sums.sum()), whole[1] + len(sums) * breadth
    if not met[1]:
        return 0.0
    inside = (whole[0] - met[0]) / max(1, whole[1] - met[1])
    return met[0] / met[1] / (inside + 1e-6)


def _differences(picture: Gray) -> tuple[Sums, Sums]:
    """Return sums of absolute differences to the next column (W - 1,) and to the next row (H - 1,)."""
    across = np.zeros(picture.shape[1] - 1, np.int64)
    down = []
    for strip, below in zip(strips(picture), strips(np.concatenate([picture[1:], picture[-1:]])), strict=True):
        exact = strip.astype(np.int16)
        across += np.abs(exact[:, 1:] - exact[:, :-1]).sum(0, dtype=np.int32)
        down.append(np.abs(below - exact).sum(1, dtype=np.int64))
    return across, np.concatenate(down)[:-1]


def _largest(sums: Sums, breadth: int, block: int) -> tuple[int, int]:
    """Return the sum of the differences at every so many places whose mean is largest, and how many they are."""
    found = [sums[place::block] for place in range(block)]
    total, places = max(((int(each.sum()), len(each)) for each in found), key=lambda pair: pair[0] / pair[1])
    return total, places * breadth
