"""The margin: between which logits of windows with and without an attack a threshold stands."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.threshold import between

# Of the way from windows without an attack to those with one. An attack of a kind that nothing was learnt from lies
# lower than those that are known, while a window without one moves little from one recording to the next.
_WAY = 1 / 3


def threshold(logits: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the logit above which an alarm is raised, by logits (n,) and labels 0 or 1 (n,) of windows that were not
    learnt from.

    It is as near as the highest F1 allows to a third of the way from the median of windows without an attack to that of
    windows with one: with no more errors than that has and their standard error, for best by a window is best by chance
    (the rule of Breiman and others, "Classification and regression trees", 1984). Where that is not allowed it is in
    the middle of the nearest gap that is. Raises ValueError where labels are of one class.
    """
    if len(np.unique(labels)) < 2:
        raise ValueError("All labels are the same; give windows with an attack in them, and windows without.")
    normal, attacked = (float(np.median(logits[labels == label])) for label in (0, 1))
    aim = normal + _WAY * (attacked - normal)
    values, place = np.unique(logits, return_inverse=True)
    found = np.append(np.bincount(place, labels, len(values))[::-1].cumsum()[::-1], 0)
    flagged = np.append(np.bincount(place, minlength=len(values))[::-1].cumsum()[::-1], 0)
    errors = flagged + labels.sum() - 2 * found  # of a threshold just below each value, and of one above all
    fewest = errors[np.argmax(2 * found / (flagged + labels.sum()))]
    low, high = np.append(values[0] - 2, values), np.append(values, values[-1] + 2)
    near = np.abs(np.clip(aim, low, high) - aim)
    chosen = int(np.where(errors <= fewest + np.sqrt(fewest), near, np.inf).argmin())
    if low[chosen] < aim < high[chosen]:
        return aim
    return between(float(low[chosen]), float(high[chosen]))
