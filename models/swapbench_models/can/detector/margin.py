"""The margin: where between logits of windows with and without an attack a threshold stands."""

import numpy as np
from numpy.typing import NDArray


def widest(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the threshold with the highest F1 of logits (n,) and labels 0 or 1 (n,); of several the one in the middle
    of the widest gap, for other recordings' logits lie elsewhere. Raises ValueError where nothing is attacked."""
    if not labels.any():
        raise ValueError("No label is 1; give windows with an attack in them.")
    values, place = np.unique(logits, return_inverse=True)
    found = np.bincount(place, labels, len(values))[::-1].cumsum()[::-1]
    flagged = np.bincount(place, minlength=len(values))[::-1].cumsum()[::-1]
    f1 = 2 * found / (flagged + labels.sum())  # of a threshold just below each
    below = np.concatenate([[values[0] - 1], values[:-1]])
    best = np.flatnonzero(f1 >= f1.max() - 1e-12)
    at = best[np.argmax((values - below)[best])]
    return float((values[at] + below[at]) / 2)
