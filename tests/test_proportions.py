"""Proportions of the same examples: against scipy, statsmodels and published intervals, and over all outcomes."""

import math
from collections.abc import Iterator
from itertools import product
from statistics import fmean

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from scipy.special import gammaln, xlogy
from scipy.stats import binom, binomtest, norm
from statsmodels.stats.contingency_tables import mcnemar

from inference import SIDES, close
from swapbench.judge.proportions import _tail, answers_p, mcnemar_p, tango_interval, tango_p

COUNTS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 100))
SHARES_APART = st.floats(-0.9, 0.9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemars_test_is_the_binomial_one(only_a: int, only_b: int) -> None:
    greater, less = mcnemar_p(only_a, only_b, "greater"), mcnemar_p(only_a, only_b, "less")
    if only_a + only_b:
        assert greater == close(binomtest(only_b, only_a + only_b, alternative="greater").pvalue)
    both = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue if only_a + only_b else 1.0
    assert min(1.0, 2 * min(greater, less)) == close(both)
    assert less == mcnemar_p(only_b, only_a, "greater")


@pytest.mark.parametrize("discordant", [5, 10, 40, 200])
def test_mcnemars_test_never_errs_more_often_than_it_says(discordant: int) -> None:
    chances = [math.comb(discordant, b) / 2**discordant for b in range(discordant + 1)]
    rejecting = [b for b in range(discordant + 1) if mcnemar_p(discordant - b, b, "greater") <= 0.05]
    assert 0.01 <= sum(chances[b] for b in rejecting) <= 0.05


# Published intervals, as the tests of the R package ratesci quote them: two of Tango (1998), then Agresti and Min
# (2005), Fagerland et al. (2014), Tang et al. (2010) and Chang et al. (2024).
@pytest.mark.parametrize(
    ("only_a", "only_b", "n", "level", "published"),
    [
        (3, 9, 32, 0.95, (-0.027, 0.390)),
        (1, 0, 44, 0.90, (-0.096, 0.037)),
        (8, 16, 86, 0.95, (-0.020, 0.207)),
        (7, 1, 21, 0.95, (-0.517, -0.026)),
        (1, 3, 14, 0.95, (-0.1670, 0.4327)),
        (2, 25, 102, 0.95, (0.139, 0.321)),
    ],
)
def test_tangos_interval_is_as_published(
    only_a: int, only_b: int, n: int, level: float, published: tuple[float, float]
) -> None:
    assert tango_interval(only_a, only_b, n, level) == pytest.approx(published, abs=6e-4)


def _likeliest(only_a: int, only_b: int, n: int, difference: float) -> float:
    """The likeliest probability of "only a" under a difference, where the slope of the likelihood changes sign."""
    low, high = max(0.0, -difference), (1 - difference) / 2
    for _ in range(200):
        q = (low + high) / 2
        slope = only_a / q + only_b / (q + difference) - 2 * (n - only_a - only_b) / (1 - 2 * q - difference)
        low, high = (q, high) if slope > 0 else (low, q)
        if high - low < 1e-15:
            break
    return low


@given(COUNTS, SHARES_APART)
@example((0, 0, 40), -0.1)
@example((0, 3, 40), 0.02)
def test_tangos_test_is_the_score_at_the_likeliest_proportions(counts: tuple[int, int, int], apart: float) -> None:
    only_a, only_b, concordant = counts
    n = only_a + only_b + concordant
    q = _likeliest(only_a, only_b, n, apart)
    assume(q + apart > 1e-6)
    score = (only_b - only_a - n * apart) / math.sqrt(n * (2 * q + apart - apart**2))
    assert tango_p(only_a, only_b, n, apart, "greater") == close(float(norm.sf(score)))
    assert tango_p(only_a, only_b, n, apart, "less") == close(float(norm.cdf(score)))


@given(st.integers(0, 30), st.integers(1, 30))
def test_at_no_difference_tangos_score_is_mcnemars(only_a: int, only_b: int) -> None:
    chi_square = mcnemar([[0, only_a], [only_b, 0]], exact=False, correction=False)
    p = tango_p(only_a, only_b, 100, 0.0, "greater")
    assert 2 * min(p, 1 - p) == close(chi_square.pvalue)


@given(COUNTS, SHARES_APART)
def test_swapping_models_swaps_the_sides_of_tangos_test(counts: tuple[int, int, int], apart: float) -> None:
    only_a, only_b, concordant = counts
    n = only_a + only_b + concordant
    assert tango_p(only_a, only_b, n, apart, "greater") == close(tango_p(only_b, only_a, n, -apart, "less"))
    low, high = tango_interval(only_a, only_b, n)
    assert tango_interval(only_b, only_a, n) == (-high, -low)


@given(COUNTS, SHARES_APART, SHARES_APART)
def test_a_larger_difference_is_harder_to_exceed(counts: tuple[int, int, int], one: float, other: float) -> None:
    only_a, only_b, concordant = counts
    n, (low, high) = only_a + only_b + concordant, sorted((one, other))
    assert 0 <= tango_p(only_a, only_b, n, low, "greater") <= tango_p(only_a, only_b, n, high, "greater") + 1e-12 <= 1.1
    assert tango_p(only_a, only_b, n, low, "less") >= tango_p(only_a, only_b, n, high, "less") - 1e-12


@given(COUNTS, st.sampled_from([0.8, 0.95, 0.99]))
def test_tangos_interval_ends_where_his_test_rejects(counts: tuple[int, int, int], level: float) -> None:
    only_a, only_b, concordant = counts
    n = only_a + only_b + concordant
    low, high = tango_interval(only_a, only_b, n, level)
    assert -1 <= low <= (only_b - only_a) / n <= high <= 1
    assert tango_p(only_a, only_b, n, low, "greater") == close((1 - level) / 2)
    assert tango_p(only_a, only_b, n, high, "less") == close((1 - level) / 2)


def test_tangos_test_needs_no_discordant_example() -> None:
    assert tango_p(0, 0, 100, 0.0, "greater") == tango_p(0, 0, 100, 0.0, "less") == 0.5
    assert tango_p(0, 0, 100, -0.05, "greater") == close(float(norm.sf(math.sqrt(100 * 0.05 / 0.95))))
    assert tango_interval(5, 0, 5)[0] == -1.0
    assert tango_interval(0, 5, 5)[1] == 1.0


def _outcomes(n: int, p_a: float, p_b: float) -> Iterator[tuple[int, int, float]]:
    """Yield all outcomes of n examples that have any chance worth counting, with their chances."""
    most = [int(n * p + 8 * math.sqrt(n * p)) + 2 for p in (p_a, p_b)]
    for only_a, only_b in product(*(range(min(limit, n) + 1) for limit in most)):
        rest = n - only_a - only_b
        if rest >= 0:
            ways = gammaln(n + 1) - gammaln(only_a + 1) - gammaln(only_b + 1) - gammaln(rest + 1)
            logs = xlogy(only_a, p_a) + xlogy(only_b, p_b) + xlogy(rest, 1 - p_a - p_b)
            yield only_a, only_b, float(np.exp(ways + logs))


# True differences, and the chance that only a is right; the second and third are the worst there are.
TRUTHS = ((0.0, 0.05), (0.02, 0.01), (0.01, 0.005), (-0.02, 0.05), (-0.05, 0.1), (0.02, 0.1))


@pytest.mark.parametrize("n", [100, 200, 500])
def test_tangos_test_errs_about_as_often_as_it_says(n: int) -> None:
    """By all outcomes rather than by simulation."""
    rates = [
        sum(chance for a, b, chance in _outcomes(n, p_a, p_a + apart) if tango_p(a, b, n, apart, "greater") <= 0.05)
        for apart, p_a in TRUTHS
    ]
    assert max(rates) <= 0.073
    assert 0.04 <= fmean(rates) <= 0.055


@pytest.mark.parametrize("n", [100, 300])
def test_the_test_of_answers_keeps_what_it_says_far_out(n: int) -> None:
    """By all outcomes; where few examples make the difference Tango's normal tail is up to three times too thin."""
    for apart, p_a in (*TRUTHS, (0.01, 0.0005), (-0.005, 0.0055)):
        found = [(chance, answers_p(a, b, n, apart, "greater")) for a, b, chance in _outcomes(n, p_a, p_a + apart)]
        for nominal in (0.05, 0.01, 1e-3, 1e-4):
            assert sum(chance for chance, p in found if p <= nominal) <= nominal


@pytest.mark.parametrize(("n", "p_a", "p_b"), [(100, 0.02, 0.03), (500, 0.01, 0.02), (100, 0.0, 0.05), (50, 0.3, 0.3)])
def test_the_saddle_point_is_the_tail_of_the_counts(n: int, p_a: float, p_b: float) -> None:
    alone = np.arange(n + 1)
    for ahead in range(round(n * (p_b - p_a)), round(n * (p_b - p_a) + 4 * math.sqrt(n * (p_a + p_b))) + 1):
        exact = float((binom.pmf(alone, n, p_a) * binom.sf(ahead + alone - 1, n - alone, p_b / (1 - p_a))).sum())
        assert _tail(ahead, n, p_a, p_b) == pytest.approx(exact, rel=0.02)


@pytest.mark.parametrize("n", [20, 50, 100, 200])
def test_tangos_interval_covers_the_difference(n: int) -> None:
    for apart, p_a in TRUTHS:
        found = _outcomes(n, p_a, p_a + apart)
        misses = sum(chance for a, b, chance in found if min(tango_p(a, b, n, apart, side) for side in SIDES) < 0.025)
        assert misses <= 0.07
