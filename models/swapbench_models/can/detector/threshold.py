"""Thresholds: the score above which an alarm is raised, chosen on windows that were not learnt from."""

import numpy as np
from numpy.typing import NDArray

HALF = 0.5


def best_f1(scores: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Return the threshold with the highest F1, of scores from 0 to 1 (n,) and labels 0 or 1 (n,).

    It lies halfway between two scores; of thresholds that are equally good it is the one with the widest gap around it.
    A half where all scores are the same, for then none tells anything apart.
    """
    values, place = np.unique(scores, return_inverse=True)
    if len(values) < 2:
        return HALF
    attacks = np.bincount(place.ravel(), labels, len(values))
    every = np.bincount(place.ravel(), minlength=len(values))
    flagged = every[::-1].cumsum()[::-1][1:]  # those above each value but the last
    found = attacks[::-1].cumsum()[::-1][1:]
    f1 = 2 * found / (flagged + attacks.sum())
    gaps = np.where(f1 == f1.max(), np.diff(values), -1)
    chosen = int(gaps.argmax())
    return between(float(values[chosen]), float(values[chosen + 1]))


def between(low: float, high: float) -> float:
    """Return the middle of two numbers, or the lower of two that have no other between them: above a threshold there
    the higher one is, and the lower is not."""
    middle = low + (high - low) / 2
    return middle if middle < high else low
