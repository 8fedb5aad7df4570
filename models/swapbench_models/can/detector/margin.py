"""The margin: between which logits of windows with and without an attack a threshold stands."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.threshold import between


def threshold(logits: NDArray[np.float64], labels: NDArray[np.int64], even: float = 0.0) -> float:
    """Return the logit above which an alarm is raised, by logits (n,) and labels 0 or 1 (n,) of windows that were not
    learnt from.

    It is as near to the logit `even`, where an attack is as likely as none, as the highest F1 allows: with no more
    errors than that has and their standard error, for the logits of other recordings lie elsewhere, and best by a
    window is best by chance (the rule of Breiman and others, "Classification and regression trees", 1984). Where that
    is not allowed it is in the middle of the nearest gap that is. Raises ValueError where nothing is attacked.
    """
    if not labels.any():
        raise ValueError("No label is 1; give windows with an attack in them.")
    values, place = np.unique(logits, return_inverse=True)
    found = np.append(np.bincount(place, labels, len(values))[::-1].cumsum()[::-1], 0)
    flagged = np.append(np.bincount(place, minlength=len(values))[::-1].cumsum()[::-1], 0)
    errors = flagged + labels.sum() - 2 * found  # of a threshold just below each value, and of one above all
    fewest = errors[np.argmax(2 * found / (flagged + labels.sum()))]
    low, high = np.append(values[0] - 2, values), np.append(values, values[-1] + 2)
    near = np.abs(np.clip(even, low, high) - even)
    chosen = int(np.where(errors <= fewest + np.sqrt(fewest), near, np.inf).argmin())
    if low[chosen] < even < high[chosen]:
        return even
    return between(float(low[chosen]), float(high[chosen]))
