"""Chances: what samples of times or sizes say of what is allowed, however they were taken."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist, median

# What `equivalent` excludes beside the median: that so many processes moved by so many times what is allowed.
FEW, FAR = 0.2, 5

# By how many standard errors a median must be clear of a limit: some 1 in 10,000, as in a run of a hundred cells, and
# one in forty, as its interval has it. The median of normal values errs by 1.25 of what their mean does.
_MEDIAN = math.sqrt(math.pi / 2)
_TO_SHOW, _TO_EXCLUDE = 3.7 * _MEDIAN, 2.0 * _MEDIAN
_NORMAL_QUARTILE = NormalDist().inv_cdf(0.75)
_OUT_OF_REACH = 100_000


@dataclass(frozen=True)
class Chances:
    """The `effect`, a ratio (None where there is none to nothing), with its 95 % `interval`; the probabilities of such
    samples if it were not worse than allowed, not better than allowed, not within what is allowed; the `least`
    probability that so many samples can give, and how many would be `needed` to tell (None: no number in reach)."""

    effect: float | None
    interval: tuple[float, float] | None
    worse: float
    better: float
    outside: float
    least: float
    needed: int | None


def tail_p(far: Sequence[int]) -> float:
    """Return the probability that so few of the processes are far up (1), or far down (-1), if a fifth were: the exact
    binomial one, of whichever there are more."""
    return _binomial(max(far.count(1), far.count(-1)), len(far))


@lru_cache(maxsize=4096)
def _binomial(most: int, count: int) -> float:
    return min(1.0, math.fsum(math.comb(count, k) * FEW**k * (1 - FEW) ** (count - k) for k in range(most + 1)))


def needed(moved: Sequence[float], allowed: float, count: int) -> int | None:
    """Return of how many samples one could tell whether values that moved so lie within what is allowed or beyond it,
    where `count` cannot; None when their number is out of reach, or their spread is not known.

    The spread is that of the middle half of the values, so that a few wild ones do not count.
    """
    if len(moved) < 4 or not 0 < allowed < math.inf:
        return None
    ordered, quarter = sorted(moved), len(moved) // 4
    spread = (ordered[-1 - quarter] - ordered[quarter]) / (2 * _NORMAL_QUARTILE)
    gap = allowed - abs(median(moved))
    if gap == 0 or not math.isfinite(spread):
        return None
    found = ((_TO_EXCLUDE if gap > 0 else _TO_SHOW) * spread / gap) ** 2
    return None if found > _OUT_OF_REACH else max(count + 1, math.ceil(found))
