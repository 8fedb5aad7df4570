"""Ratios: by how much the times or sizes of one row exceed those of another, over folds that differ from each other."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from swapbench.judge.bounded import KNOWN

# Values of the two sides of each fold: fresh processes, independent of each other.
Strata = Sequence[tuple[Sequence[float], Sequence[float]]]


@dataclass(frozen=True)
class Ratio:
    """The geometric mean over folds of the ratio of medians; `log` is its logarithm, `error` the standard error of
    that, with so many degrees of `freedom` (None from too few values)."""

    log: float
    error: float | None
    freedom: int

    @property
    def effect(self) -> float:
        return math.exp(self.log)

    def interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Return the interval of the ratio; None where there is none, or where it would reach further than e^10."""
        if self.error is None:
            return None
        from scipy.special import stdtrit

        reach = float(stdtrit(self.freedom, (1 + level) / 2)) * self.error
        if reach > KNOWN:
            return None
        return math.exp(self.log - reach), math.exp(self.log + reach)

    def exceeds_p(self, factor: float) -> float:
        """Return the one-sided p-value of "the ratio is at most `factor`"; 1 where nothing is known."""
        if self.error is None:
            return 1.0
        from scipy.special import stdtr

        return float(stdtr(self.freedom, (math.log(factor) - self.log) / self.error))


def of_strata(strata: Strata, least: float = 0.0) -> Ratio | None:
    """Return the ratio of the second side to the first; None where a side is empty or not above zero.

    Rounds are compared within their fold, so that what differs between folds plays no part, in the effect or in its
    error. The spread of the logarithms is pooled over the folds, each side's own, and the variance of a fold's median
    is the normal one, (pi/2)/(n + pi/2 - 1) of it; with one round a fold it is the ratios themselves that spread.
    `least` is the resolution of the values: equal ones are not known any better than that.
    """
    if not strata or any(not a or not b or min(*a, *b) <= 0 for a, b in strata):
        return None
    logs = [math.log(median(b) / median(a)) for a, b in strata]
    floor = (least / min(min(median(a), median(b)) for a, b in strata)) ** 2
    sides = [_side([stratum[side] for stratum in strata], floor) for side in (0, 1)]
    freedom = sum(own for _, own in sides)
    if all(own for _, own in sides):
        return Ratio(fmean(logs), math.sqrt(sum(variance for variance, _ in sides)), freedom)
    if len(logs) < 2:
        return Ratio(logs[0], None, 0)
    centre = fmean(logs)
    spread = max(sum((log - centre) ** 2 for log in logs) / (len(logs) - 1), 2 * floor)
    return Ratio(centre, math.sqrt(spread / len(logs)), len(logs) - 1)


def _side(folds: Sequence[Sequence[float]], floor: float) -> tuple[float, int]:
    """Return the variance of the mean of the logarithms of the folds' medians, and its degrees of freedom."""
    freedom = sum(len(values) - 1 for values in folds)
    if not freedom:
        return 0.0, 0
    squares = 0.0
    for values in folds:
        logs = [math.log(value) for value in values]
        centre = fmean(logs)
        squares += sum((log - centre) ** 2 for log in logs)
    spread = max(squares / freedom, floor)
    half = math.pi / 2
    return spread * sum(half / (len(values) + half - 1) for values in folds) / len(folds) ** 2, freedom
