"""Ranks: whether one sample of times or sizes lies above another, and by what ratio."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from functools import lru_cache
from itertools import repeat
from statistics import median_low
from typing import TYPE_CHECKING

from swapbench.judge.statistics import Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# With 100 values a side the normal limit is 1 % too large at a p of 0.01 and 13 % at 0.0001, which claims no more than
# is so; what is exact takes a hundredth of a second there.
_EXACT_PAIRS = 10_000
_NEVER = 1e-9


def rank_p(a: Sequence[float], b: Sequence[float], ratio: float = 1.0, side: Side = "greater") -> float:
    """Return the exact one-sided p-value of Mann and Whitney's test of b against `ratio` times a.

    The hypothesis is "b is distributed as ratio * a, or lower" for side "greater", "or higher" for "less"; the samples
    are independent and their values not negative. Ties count against what is to be shown, which keeps the test valid
    for any ties: halves would not (6.7 % of errors at a nominal 5 % for five values a side and the worst ties).
    Source: Mann and Whitney, On a Test of Whether One of Two Random Variables Is Stochastically Larger than the Other,
    Annals of Mathematical Statistics 18, 1947.
    """
    return wins_p(_wins(sorted([ratio * value for value in a]), b, side), len(a), len(b))


def strata_p(strata: Sequence[tuple[Sequence[float], Sequence[float]]], side: Side = "greater") -> float:
    """Return the exact one-sided p-value of the same test over strata, pairs (a, b) made under one condition each.

    Values are compared within their stratum only, so what differs between conditions plays no part. The wins of the
    strata are added up; their distribution is the convolution of the strata's. (Weights by the strata's sizes would
    change nothing where these are alike, as folds' are, and sums would not be whole.) Source: van Elteren, On the
    Combination of Independent Two Sample Tests of Wilcoxon, Bulletin of the International Statistical Institute 37,
    1960.
    """
    if len(strata) == 1:
        return rank_p(*strata[0], side=side)
    # Neither which sample is which nor the order of the strata matters, and fewer cases are kept.
    sizes = tuple(sorted((min(len(a), len(b)), max(len(a), len(b))) for a, b in strata))
    return _joint_tail(sizes)[sum(_wins(sorted(a), b, side) for a, b in strata)]


@lru_cache(maxsize=256)
def _joint_tail(sizes: tuple[tuple[int, int], ...]) -> Sequence[float]:
    """Return P(U >= u) of the sum of the wins of strata of these sizes."""
    import numpy as np

    chances = np.ones(1)
    for few, many in sizes:
        # P(U = u) is P(U >= u) less P(U >= u + 1).
        chances = np.convolve(chances, -np.diff([*_upper_tail(few, many), 0.0]))
    tail: list[float] = np.minimum(1.0, chances[::-1].cumsum()[::-1]).tolist()
    return tail


def signed_p(differences: Sequence[float], most: float = 1 / 3) -> float:
    """Return the exact one-sided p-value of a signed-rank test that differences of pairs lie above zero.

    Ranks are capped at the share `most` of their number (1: Wilcoxon's test), so that a few pairs far from the others,
    processes that were slow for their whole life, count as any pair that is clearly apart, and no more. Ties share
    their mean rank and the distribution is that of these ranks; a difference of zero counts against the claim. Sources:
    Wilcoxon, Individual Comparisons by Ranking Methods, Biometrics Bulletin 1, 1945; for scores that are functions of
    ranks, Hajek, Sidak and Sen, Theory of Rank Tests, 1999.
    """
    order = sorted(differences, key=abs)
    sizes = list(map(abs, order))
    # Ranks are doubled throughout, for those of ties may be halves; so the first one is 2.
    cap = max(2, round(2 * most * len(order)))
    ranks = _untied(len(order), cap)
    if len(set(sizes)) < len(sizes):
        # Twice the mean rank, which is whole: the first and the last place that a value could have.
        ranks = tuple(min(cap, bisect_left(sizes, size) + bisect_right(sizes, size) + 1) for size in sizes)
    above = sum(rank for rank, value in zip(ranks, order, strict=True) if value > 0)
    return _subset_tail(ranks)[above]


@lru_cache(maxsize=256)
def _untied(count: int, cap: int) -> tuple[int, ...]:
    """Return twice the ranks of so many different values, capped."""
    return tuple(min(cap, 2 * rank) for rank in range(1, count + 1))


@lru_cache(maxsize=256)
def _subset_tail(ranks: tuple[int, ...]) -> Sequence[float]:
    """Return P(S >= s) of the sum of a random subset of ranks.

    Where differences lie above zero as often as below, each rank is in the sum with a chance of one half, whatever the
    others are.
    """
    import numpy as np

    chances = np.zeros(sum(ranks) + 1)
    chances[0] = 1.0
    for rank in ranks:
        chances[rank:] = (chances[rank:] + chances[: len(chances) - rank]) / 2
        chances[:rank] /= 2
    tail: list[float] = np.minimum(1.0, chances[::-1].cumsum()[::-1]).tolist()
    return tail


def wins_p(wins: int, m: int, n: int) -> float:
    """Return the chance that one sample wins so many of the m * n pairs or more if both have one distribution.

    It is exact up to 10,000 pairs, and that of the normal limit with continuity correction beyond.
    """
    if m * n <= _EXACT_PAIRS:
        return _upper_tail(min(m, n), max(m, n))[wins]
    score = (wins - 0.5 - m * n / 2) / math.sqrt(m * n * (m + n + 1) / 12)
    return math.erfc(score / math.sqrt(2)) / 2


@lru_cache(maxsize=1024)
def _upper_tail(few: int, many: int) -> Sequence[float]:
    """Return P(U >= u) for u from 0 to few * many.

    The counts are the coefficients of the Gaussian binomial, the product of (1 - q^(many+i)) / (1 - q^i) for i from 1
    to few (Andrews, The Theory of Partitions, 1976, chapter 3). They are symmetric, so only the lower half is made, and
    the tails are summed from the rare end, which keeps them precise to some 1e-15 of their own size.
    """
    import numpy as np

    size = few * many // 2 + 1
    counts = np.zeros(size)
    counts[0] = 1.0
    for i in range(1, few + 1):
        # Times 1 - q^(many+i): NumPy copies what overlaps, so all that is subtracted is from before.
        counts[many + i :] -= counts[: -(many + i)]
        # Divided by 1 - q^i: every coefficient with all that lie i, 2i, ... before it.
        counts = np.pad(counts, (0, -size % i)).reshape(-1, i).cumsum(axis=0).ravel()[:size]
    from_rare_end = np.concatenate([counts, counts[: (few * many + 1) // 2][::-1]]).cumsum()
    tail: list[float] = (from_rare_end / from_rare_end[-1])[::-1].tolist()
    return tail


def _wins(ordered: Sequence[float], b: Sequence[float], side: Side) -> int:
    """Count the pairs in which the value of b lies on the side that is to be shown."""
    # Ties are on no side: the left place counts what is less, the right one leaves what is more.
    if side == "greater":
        return sum(map(bisect_left, repeat(ordered), b))
    return len(ordered) * len(b) - sum(map(bisect_right, repeat(ordered), b))


def ratio(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the low median of b over that of a: measured values both, and what `ratio_interval` is the interval of.

    Zero under a positive value gives inf, zero under zero nan.
    """
    top, bottom = median_low(b), median_low(a)
    if bottom:
        return top / bottom
    return math.inf if top else math.nan


def ratio_interval(a: Sequence[float], b: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the bootstrap percentile interval of the ratio of medians of two independent samples, not negative.

    Nothing is drawn: the bootstrap distribution of a median is known (Efron, Bootstrap Methods: Another Look at the
    Jackknife, Annals of Statistics 7, 1979; Maritz and Jarrett, A Note on Estimating the Variance of the Sample Median,
    JASA 73, 1978), and that of the ratio is the product of two. At 95 % it covers the ratio of two samples of one shape
    95 % of the time or better from five values a side on (as simulated, 95.5 to 97.5 %), 94 % with four and 89 % with
    three. Zero over zero may be any ratio: it counts as 0 for the lower end and as inf for the upper.
    """
    import numpy as np

    below, above = median_weights(len(a)), median_weights(len(b))
    bottom, top = (np.sort(np.asarray(side, dtype=float)) for side in (a, b))
    # Values far from the median are drawn as medians once in a thousand million times, and take most of the time.
    bottom, below = bottom[below > _NEVER], below[below > _NEVER]
    top, above = top[above > _NEVER], above[above > _NEVER]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratios = np.divide.outer(top, bottom).ravel()
    weights = np.multiply.outer(above, below).ravel()
    # Infinity is named, for NumPy would put the largest number in its place.
    low = _quantile(np.nan_to_num(ratios, nan=0.0, posinf=np.inf), weights, (1 - level) / 2)
    high = _quantile(np.nan_to_num(ratios, nan=np.inf, posinf=np.inf), weights, (1 + level) / 2)
    return low, high


def median_interval(values: Sequence[float], level: float = 0.95) -> tuple[float, float]:
    """Return the interval of the median of independent values: two of them, equally far from both ends.

    It covers the median of any continuous distribution at `level` or more often from six values on (five: 94 %), by the
    binomial chances of values below it. Source: Thompson, On Confidence Ranges for the Median, Annals of Mathematical
    Statistics 7, 1936.
    """
    ordered, below = sorted(values), 0.0
    for place in range((len(ordered) + 1) // 2):
        # The chance that so many values or fewer lie below the median, each with one half.
        below += math.comb(len(ordered), place) / 2 ** len(ordered)
        if below > (1 - level) / 2:
            break
    place = max(0, place - 1)
    return ordered[place], ordered[-1 - place]


@lru_cache(maxsize=1024)
def median_weights(count: int) -> "NDArray[np.float64]":
    """Return the chance of each sorted value to be the low median of `count` draws: at least half draw it or lower."""
    import numpy as np
    from scipy.special import betainc

    # That `half` of the draws or more are among the lowest k has the chance of a binomial tail, which is the incomplete
    # beta function at k / count (Abramowitz and Stegun, Handbook of Mathematical Functions, 1964, 6.6.4).
    half = (count + 1) // 2
    return np.diff(betainc(half, count + 1 - half, np.arange(count + 1) / count))


def _quantile(values: "NDArray[np.float64]", weights: "NDArray[np.float64]", share: float) -> float:
    """Return the least value that, with those below it, has at least this share of the weight."""
    order = values.argsort()
    place = int(weights[order].cumsum().searchsorted(share))
    return float(values[order[min(place, len(order) - 1)]])
