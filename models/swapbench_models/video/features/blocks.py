"""Blocks: how much more a picture changes where the blocks of a codec meet than inside them."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.features.strips import EDGE, Exact, strips

Sums = NDArray[np.int64]


def boundary_inconsistency(edged: Exact, block: int = 8) -> float:
    """Return the mean absolute difference of neighbours across the boundaries of blocks over that of all others.

    Blocks need not begin at the first pixel, for a picture may have been cut: across and down, boundaries are taken to
    lie where differences are largest, out of the `block` places where they may. One is to be expected of a picture that
    knows no blocks, and zero is returned where there is no difference, or no more than one block either way.
    """
    height, width = (side - 2 * EDGE for side in edged.shape)
    met_total = met_pixels = total = pixels = 0
    for sums, breadth in zip(_differences(edged), (height, width), strict=True):
        if len(sums) >= block:
            largest, places = _largest(sums, block)
            met_total, met_pixels = met_total + largest, met_pixels + places * breadth
            total, pixels = total + int(sums.sum()), pixels + len(sums) * breadth
    if not met_pixels:
        return 0.0
    inside = (total - met_total) / max(1, pixels - met_pixels)
    return met_total / met_pixels / (inside + 1e-6)


def _differences(edged: Exact) -> tuple[Sums, Sums]:
    """Return sums of absolute differences to the next column (W - 1,) and to the next row (H - 1,)."""
    across = np.zeros(edged.shape[1] - 2 * EDGE - 1, np.int64)
    down = []
    for strip in strips(edged):
        rows = strip[EDGE:-EDGE, EDGE:-EDGE]
        change = rows[:, 1:] - rows[:, :-1]
        across += np.abs(change, out=change).sum(0, dtype=np.int32)
        change = strip[EDGE + 1 : 1 - EDGE, EDGE:-EDGE] - rows
        down.append(np.abs(change, out=change).sum(1, dtype=np.int32))
    return across, np.concatenate(down)[:-1].astype(np.int64)


def _largest(sums: Sums, block: int) -> tuple[int, int]:
    """Return the sum at every so many places whose mean is largest, and how many places these are."""
    place = np.arange(len(sums)) % block
    totals, places = np.bincount(place, sums), np.bincount(place)
    largest = int((totals / places).argmax())
    return int(totals[largest]), int(places[largest])
