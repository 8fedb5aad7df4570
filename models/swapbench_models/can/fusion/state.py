"""State: what an agent sees of a window, which is two scores and how they go together."""

import numpy as np
from numpy.typing import ArrayLike

from swapbench_models.can.fusion.actions import Numbers

SIZE = 4


def normalize_state(first: ArrayLike, second: ArrayLike) -> Numbers:
    """Return the states (n, 4) of scores (n,) and (n,): both, how far they are apart, and their mean.

    The last two follow from the first ones; they are there because the absolute difference is no linear function of
    them, and so that both are on the scale of a score.
    """
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    return np.stack([a, b, np.abs(a - b), (a + b) / 2], axis=-1)
