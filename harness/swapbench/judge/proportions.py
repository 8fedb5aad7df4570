"""Proportions: whether two models get the same examples right, from the examples that only one of them got."""

import math
from statistics import NormalDist

from swapbench.judge.statistics import Side

_NONE = 1e-12  # a smaller share is one of nothing, and the rounding of a sum
_CENTRE = 1e-3  # standard errors from the mean within which the saddle-point formula is nothing divided by nothing


def mcnemar_p(only_a: int, only_b: int, side: Side) -> float:
    """Return the exact one-sided p-value of McNemar's test of the examples that one model alone got right.

    The hypothesis is "b is right no more often than a" for side "greater", "no less often" for "less". No such example
    shows nothing (p = 1). Source: McNemar, Note on the Sampling Error of the Difference Between Correlated Proportions
    or Percentages, Psychometrika 12, 1947, by the binomial distribution itself and not its normal limit.
    """
    from scipy.special import bdtr

    return float(bdtr(only_a if side == "greater" else only_b, only_a + only_b, 0.5))


def tango_p(only_a: int, only_b: int, n: int, difference: float, side: Side) -> float:
    """Return the one-sided p-value of Tango's score test of the difference of two proportions of the same n examples.

    The hypothesis is "p_b - p_a is at most `difference`" for side "greater", "at least" for "less", with `difference`
    in [-1, 1]. At 0 it is the signed root of McNemar's chi-square; no discordant example at all has p = 0.5 there. Its
    error is near the nominal one, not bounded by it: a nominal 5 % is 4.6 to 5 % on average from 100 examples on, and
    7.3 % at most, where no more than some four discordant examples are expected. Source: Tango, Equivalence Test and
    Confidence Interval for the Difference in Proportions for the Paired-Sample Design, Statistics in Medicine 17, 1998.
    """
    score = _tango_score(only_a, only_b, n, difference)
    return math.erfc((score if side == "greater" else -score) / math.sqrt(2)) / 2


def answers_p(only_a: int, only_b: int, n: int, difference: float, side: Side) -> float:
    """Return the one-sided p-value of the same hypothesis as `tango_p`, whose far tail is that of counts.

    Under the difference, and the likeliest proportions that have it, it is the chance of b being ahead of a by so many
    examples or more: Lugannani and Rice's saddle-point formula (Advances in Applied Probability 12, 1980) with Daniels'
    second continuity correction (International Statistical Review 55, 1987). A normal tail, which Tango's score has,
    is too thin where few examples make the difference. Where the claim is that one side is better at all, the exact
    test of McNemar bounds it.
    """
    if side == "less":
        return answers_p(only_b, only_a, n, -difference, "greater")
    p_a = _likeliest(only_a, only_b, n, difference)
    p_b = p_a + difference
    tail = _tail(only_b - only_a, n, p_a, p_b if p_b > _NONE else 0.0)
    return max(tail, mcnemar_p(only_a, only_b, "greater")) if difference >= 0.0 else tail


def tango_interval(only_a: int, only_b: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Tango's score interval of p_b - p_a: the differences that neither side of `tango_p` rejects.

    At 95 % it covers the difference 93 % of the time or better from 20 examples on, and 95 % on average.
    """
    limit = NormalDist().inv_cdf((1 + level) / 2)
    return _lower_end(only_a, only_b, n, limit), -_lower_end(only_b, only_a, n, limit)


def _tango_score(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Return the standardised distance of p_b - p_a from a difference, its variance estimated under that difference."""
    p_only_a = _likeliest(only_a, only_b, n, difference)
    gap = only_b - only_a - n * difference
    spread = n * (2 * p_only_a + difference * (1 - difference))
    if spread > 0:
        return gap / math.sqrt(spread)
    return math.copysign(math.inf, gap) if gap else 0.0


def _likeliest(only_a: int, only_b: int, n: int, difference: float) -> float:
    """Return the likeliest share of examples that only a gets right, if b gets `difference` more of all right."""
    linear = (2 * n + only_a - only_b) * difference - only_a - only_b
    root = math.sqrt(max(0.0, linear * linear + 8 * n * only_a * difference * (1 - difference)))
    return max((root - linear) / (4 * n), -difference, 0.0)


def _tail(ahead: int, n: int, p_a: float, p_b: float) -> float:
    """Return the chance that, of n examples, `ahead` more or yet more are b's alone than a's alone."""
    rest = 1.0 - p_a - p_b
    if ahead <= (0 if p_a <= 0.0 else -n):
        return 1.0
    if ahead > (0 if p_b <= 0.0 else n):
        return 0.0
    x = (ahead - 0.5) / n
    if p_b > 0.0:
        root = math.sqrt((x * rest) ** 2 + 4 * p_a * p_b * (1 - x * x))
        tilt = (x * rest + root) / (2 * p_b * (1 - x))
    else:
        tilt = p_a * (1 + x) / (-x * rest) if rest > 0.0 else math.inf
    if not 0.0 < tilt < math.inf:
        return 1.0  # nothing but one answer is possible
    total = rest + p_a / tilt + p_b * tilt
    theta = math.log(tilt)
    spread = (p_b * tilt + p_a / tilt) / total - x * x
    depth = 2 * n * (theta * x - math.log(total))
    signed = math.copysign(math.sqrt(max(depth, 0.0)), theta)
    if abs(signed) < _CENTRE or spread <= 0.0:
        return math.erfc((x * n - n * (p_b - p_a)) / math.sqrt(2 * max(n * spread, 1e-300))) / 2
    beside = 1 / (2 * math.sinh(theta / 2) * math.sqrt(n * spread)) - 1 / signed
    tail = math.erfc(signed / math.sqrt(2)) / 2 + math.exp(-signed * signed / 2) / math.sqrt(2 * math.pi) * beside
    return min(1.0, max(0.0, tail))


def _lower_end(only_a: int, only_b: int, n: int, limit: float) -> float:
    """Return by bisection the difference below the observed one at which the score, which falls, reaches a limit."""
    low, high = -1.0, (only_b - only_a) / n
    for _ in range(60):
        middle = (low + high) / 2
        if _tango_score(only_a, only_b, n, middle) > limit:
            low = middle
        else:
            high = middle
    return low
