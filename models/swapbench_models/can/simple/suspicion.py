"""Suspicion: how far the worst frame of a window is from what is usual."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.simple.openings import Floats


def suspicion(places: NDArray[np.int64], new: NDArray[np.bool_], ratios: Floats) -> Scores:
    """Return 1 less the least of the ratios of each window's frames, from 0 to 1, and 1 where one of them is new (n,),
    of windows by the places of their frames (n, size); a ratio that is not known counts as 1."""
    known = np.where(new, 0, np.nan_to_num(ratios, nan=1))
    scores: Scores = 1 - known[places].min(axis=1).clip(0, 1)
    return scores
