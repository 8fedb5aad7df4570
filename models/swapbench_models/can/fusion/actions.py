"""Actions: what a fusion may do with two scores, which is to mix them in one of 21 shares."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]
Actions = NDArray[np.intp]

ALPHAS: Numbers = np.linspace(0, 1, 21)
THRESHOLD = 0.5  # rewards are given by it, so it is no one's to choose


def fused(first: ArrayLike, second: ArrayLike, alpha: ArrayLike) -> Numbers:
    """Return (1 - alpha) first + alpha second, from 0 to 1 as they are; an alarm above THRESHOLD."""
    share = np.asarray(alpha, np.float64)
    mixed: Numbers = (1 - share) * np.asarray(first, np.float64) + share * np.asarray(second, np.float64)
    return mixed


def centred(scores: ArrayLike, threshold: float) -> Numbers:
    """Return scores from 0 to 1 in their order, but with an alarm above THRESHOLD where there was one above another.

    Each side is stretched by itself. Without it, a share of 0 would not be the first source as it judges alone, and a
    mixture would follow whichever source happens to have the greater scores.
    """
    given = np.asarray(scores, np.float64)
    at = min(max(threshold, 0.0), 1.0)
    below = THRESHOLD * (np.minimum(given, at) / at) if at > 0 else np.full_like(given, THRESHOLD)
    above = THRESHOLD + (1 - THRESHOLD) * (np.maximum(given, at) - at) / (1 - at) if at < 1 else given
    # A score just above its threshold stays above this one, however near.
    return np.where(given > threshold, np.maximum(above, np.nextafter(THRESHOLD, 1)), below)
