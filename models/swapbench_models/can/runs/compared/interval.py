"""Interval: where the mean over seeds lies, by Student's t."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean, and between what it lies at 95 %; both None where one value says nothing of it."""

    mean: float
    low: float | None
    high: float | None

    def apart_from(self, other: "Interval") -> bool | None:
        """Tell whether neither reaches into the other; None where one of them is not known."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return None
        return self.low > other.high or other.low > self.high

    def excludes(self, value: float) -> bool | None:
        """Tell whether it lies beside a value; None where it is not known."""
        return None if self.low is None or self.high is None else not self.low <= value <= self.high


def interval(values: Sequence[float], bounds: tuple[float, float] = (0.0, 1.0)) -> Interval:
    """Return the mean of values and its interval, which does not leave the bounds of what is measured."""
    mean = fmean(values)
    if len(values) < 2:
        return Interval(mean, None, None)
    from scipy.special import stdtrit

    half = float(stdtrit(len(values) - 1, (1 + LEVEL) / 2)) * stdev(values) / sqrt(len(values))
    return Interval(mean, max(bounds[0], mean - half), min(bounds[1], mean + half))
