"""Tests and intervals: against scipy, statsmodels and published examples, and by simulation of their error."""

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import combinations, product
from statistics import fmean, median_low, stdev

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import gammaln, xlogy
from scipy.stats import (
    binom,
    binomtest,
    mannwhitneyu,
    norm,
    rankdata,
    ttest_1samp,
    wilcoxon,
)
from scipy.stats import t as student
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from harness.judge.changes import change_points
from harness.judge.contrasts import Answers, Contrast, Either, Signs, Skewed, Strictest
from harness.judge.multiplicity import LOOKS, SHARES, holm, spent
from harness.judge.proportions import _tail, answers_p, mcnemar_p, tango_interval, tango_p
from harness.judge.ranks import median_interval, rank_p, ratio, ratio_interval, signed_p, strata_p, wins_p
from harness.judge.statistics import Side, over_folds

SIDES: tuple[Side, Side] = ("greater", "less")
OTHER: dict[Side, Side] = {"greater": "less", "less": "greater"}
EXACT = {"rel": 1e-9, "abs": 1e-9}

Draw = Callable[[tuple[int, ...]], NDArray[np.float64]]

TIMES = st.lists(st.integers(1, 50).map(float), min_size=1, max_size=12)
POSITIVE = st.lists(st.floats(0.01, 100), min_size=1, max_size=12)
VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=30)
P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def _close(p: float) -> object:
    return pytest.approx(p, **EXACT)


def _at_most(nominal: float, simulated: int) -> float:
    """The nominal rate and three standard errors of a simulated one."""
    return nominal + 3 * math.sqrt(nominal * (1 - nominal) / simulated)


def _rate(hits: Iterator[bool]) -> float:
    return fmean(list(hits))


def _draws(seed: int) -> dict[str, Draw]:
    """Distributions of times: nearly normal, skewed, and a floor with a tail; all of positive values."""
    source = np.random.default_rng(seed)
    return {
        "lognormal": lambda shape: np.exp(0.1 * source.standard_normal(shape)),
        "exponential": source.standard_exponential,
        "floor": lambda shape: 1 + 0.05 * source.standard_exponential(shape),
    }


# Ranks


@st.composite
def _untied(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    values = draw(st.lists(st.integers(1, 10**6), min_size=2, max_size=20, unique=True))
    cut = draw(st.integers(1, len(values) - 1))
    return [float(value) for value in values[:cut]], [float(value) for value in values[cut:]]


@given(_untied(), st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from(SIDES))
def test_the_rank_test_is_scipys(samples: tuple[list[float], list[float]], factor: float, side: Side) -> None:
    a, b = samples
    scaled = [factor * value for value in a]
    assume(not set(scaled) & set(b))
    expected = mannwhitneyu(b, scaled, alternative=side, method="exact").pvalue
    assert rank_p(a, b, factor, side) == _close(float(expected))


@pytest.mark.parametrize(("m", "n"), [(30, 30), (3, 47), (100, 60)])
def test_the_rank_test_is_scipys_for_large_samples(m: int, n: int) -> None:
    source = np.random.default_rng(m)
    a, b = source.random(m), source.random(n) + 0.15
    for side in SIDES:
        expected = float(mannwhitneyu(b, a, alternative=side, method="exact").pvalue)
        assert rank_p(a.tolist(), b.tolist(), side=side) == pytest.approx(expected, rel=1e-9)


def test_beyond_exact_counts_the_rank_test_is_the_normal_limit() -> None:
    source = np.random.default_rng(0)
    a, b = source.random(120), source.random(120) + 0.05
    expected = float(mannwhitneyu(b, a, alternative="greater", method="asymptotic").pvalue)
    assert rank_p(a.tolist(), b.tolist()) == pytest.approx(expected, rel=1e-9)


def test_tails_are_precise_however_small() -> None:
    """Against whole numbers: all subsets of 60 ranks by their sum."""
    counts = [[0] * 901 for _ in range(31)]
    counts[0][0] = 1
    for rank in range(60):
        for size in range(min(rank, 29), -1, -1):
            shift = rank - size
            for wins in range(901 - shift):
                counts[size + 1][wins + shift] += counts[size][wins]
    total, above = math.comb(60, 30), 0
    for wins in range(900, -1, -1):
        above += counts[30][wins]
        assert wins_p(wins, 30, 30) == pytest.approx(float(Fraction(above, total)), rel=1e-12)


@given(TIMES, TIMES, st.sampled_from(SIDES))
def test_swapping_samples_swaps_the_sides_of_the_rank_test(a: list[float], b: list[float], side: Side) -> None:
    assert rank_p(a, b, side=side) == rank_p(b, a, side=OTHER[side])


@given(TIMES, TIMES, st.integers(-8, 8), st.sampled_from(SIDES))
def test_the_unit_does_not_matter_to_ranks(a: list[float], b: list[float], power: int, side: Side) -> None:
    unit = 2.0**power
    assert rank_p([v * unit for v in a], [v * unit for v in b], 1.1, side) == rank_p(a, b, 1.1, side)


@given(TIMES, TIMES, st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_larger_ratio_is_harder_to_exceed(a: list[float], b: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= rank_p(a, b, low) <= rank_p(a, b, high) <= 1
    assert 1 >= rank_p(a, b, low, "less") >= rank_p(a, b, high, "less") >= 0


def test_equal_values_show_nothing() -> None:
    assert rank_p([3.0] * 5, [3.0] * 5) == rank_p([3.0] * 5, [3.0] * 5, side="less") == 1.0


@pytest.mark.parametrize(("m", "n"), [(5, 5), (3, 6), (6, 3)])
def test_no_pattern_of_ties_makes_the_rank_test_err_more_often(m: int, n: int) -> None:
    """Over all ways to deal a pattern of ties to two sides, no p-value comes up more often than it says."""
    places = np.array(list(combinations(range(m + n), n)))
    others = np.array([[i for i in range(m + n) if i not in chosen] for chosen in places])
    table = np.array([wins_p(wins, m, n) for wins in range(m * n + 1)])
    for steps in product((0, 1), repeat=m + n - 1):
        values = np.cumsum([0, *steps])
        wins = (values[places][:, :, None] > values[others][:, None, :]).sum(axis=(1, 2))
        p = np.sort(table[wins])
        assert (np.searchsorted(p, p, side="right") / len(p) <= p + 1e-12).all()


@pytest.mark.parametrize("size", LOOKS)
@pytest.mark.parametrize("shape", ["lognormal", "exponential", "floor"])
def test_the_rank_test_errs_as_often_as_it_says(shape: str, size: int) -> None:
    draw, runs = _draws(size)[shape], 4000
    a, b = draw((runs, size)).tolist(), (1.1 * draw((runs, size))).tolist()
    for side in SIDES:
        rate = _rate(rank_p(x, y, 1.1, side) <= 0.05 for x, y in zip(a, b, strict=True))
        assert 0.03 <= rate <= _at_most(0.05, runs)


def test_looking_several_times_errs_no_more_often_than_looking_once() -> None:
    draw, runs = _draws(1)["lognormal"], 4000
    a, b = draw((runs, LOOKS[-1])).tolist(), draw((runs, LOOKS[-1])).tolist()

    def least(x: list[float], y: list[float]) -> float:
        return min(spent(rank_p(x[:size], y[:size]), look) for look, size in enumerate(LOOKS))

    rate = _rate(least(x, y) <= 0.05 for x, y in zip(a, b, strict=True))
    unspent = _rate(min(rank_p(x[:n], y[:n]) for n in LOOKS) <= 0.05 for x, y in zip(a, b, strict=True))
    assert 0.025 <= rate <= _at_most(0.05, runs) < unspent


# Ratios of medians


def _all_ratios(a: list[float], b: list[float]) -> NDArray[np.float64]:
    """The ratios of medians of all equally likely resamples of both sides."""
    medians = [[median_low(drawn) for drawn in product(side, repeat=len(side))] for side in (a, b)]
    return np.sort(np.divide.outer(medians[1], medians[0]).ravel())


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95])
@pytest.mark.parametrize(("m", "n"), [(1, 3), (3, 3), (4, 3), (4, 5)])
def test_the_interval_of_a_ratio_is_that_of_all_resamples(m: int, n: int, level: float) -> None:
    source = np.random.default_rng(10 * m + n)
    a, b = source.random(m).tolist(), source.random(n).tolist()
    low, high = np.quantile(_all_ratios(a, b), [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    assert ratio_interval(a, b, level) == (_close(low), _close(high))


@given(POSITIVE, POSITIVE)
def test_swapping_samples_inverts_the_ratio_and_its_interval(a: list[float], b: list[float]) -> None:
    low, high = ratio_interval(a, b)
    assert ratio_interval(b, a) == (pytest.approx(1 / high), pytest.approx(1 / low))
    assert ratio(b, a) == pytest.approx(1 / ratio(a, b))


@given(POSITIVE, POSITIVE, st.integers(-8, 8))
def test_scaling_b_scales_the_ratio_and_its_interval(a: list[float], b: list[float], power: int) -> None:
    scaled = [value * 2.0**power for value in b]
    assert ratio_interval(a, scaled) == tuple(end * 2.0**power for end in ratio_interval(a, b))
    assert ratio(a, scaled) == ratio(a, b) * 2.0**power


@given(POSITIVE, POSITIVE)
def test_the_ratio_lies_in_its_interval_and_a_higher_level_is_wider(a: list[float], b: list[float]) -> None:
    low, high = ratio_interval(a, b)
    wide_low, wide_high = ratio_interval(a, b, 0.99)
    assert wide_low <= low <= ratio(a, b) <= high <= wide_high


def test_ratios_to_zero_are_infinite_and_of_zero_to_zero_unknown() -> None:
    assert ratio([0.0, 0.0], [1.0]) == math.inf
    assert math.isnan(ratio([0.0], [0.0]))
    assert ratio([2.0], [0.0]) == 0.0
    assert ratio_interval([0.0, 0.0], [1.0, 2.0]) == (math.inf, math.inf)
    assert ratio_interval([0.0, 0.0], [0.0, 0.0]) == (0.0, math.inf)
    assert ratio_interval([1.0, 2.0], [0.0, 0.0]) == (0.0, 0.0)


@pytest.mark.parametrize(("size", "floor"), [(3, 0.88), (4, 0.93), (5, 0.95), (7, 0.95), (10, 0.95), (20, 0.95)])
@pytest.mark.parametrize("shape", ["lognormal", "exponential", "floor"])
def test_the_interval_of_a_ratio_covers_it(shape: str, size: int, floor: float) -> None:
    draw, runs = _draws(size)[shape], 2000
    ends = [ratio_interval(a, b) for a, b in zip(draw((runs, size)), 1.1 * draw((runs, size)), strict=True)]
    assert floor <= _rate(low <= 1.1 <= high for low, high in ends) <= 0.99


@pytest.mark.parametrize(("size", "places"), [(5, (0, 4)), (6, (0, 5)), (10, (1, 8)), (20, (5, 14)), (40, (13, 26))])
def test_the_interval_of_a_median_lies_between_the_places_of_published_tables(
    size: int, places: tuple[int, int]
) -> None:
    assert median_interval([float(place) for place in reversed(range(size))]) == places
    assert 1 - 2 * binom.cdf(places[0], size, 0.5) >= (0.95 if size > 5 else 0.93)


# Proportions

COUNTS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 100))
SHARES_APART = st.floats(-0.9, 0.9)


@given(st.integers(0, 60), st.integers(0, 60))
def test_mcnemars_test_is_the_binomial_one(only_a: int, only_b: int) -> None:
    greater, less = mcnemar_p(only_a, only_b, "greater"), mcnemar_p(only_a, only_b, "less")
    if only_a + only_b:
        assert greater == _close(binomtest(only_b, only_a + only_b, alternative="greater").pvalue)
    both = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue if only_a + only_b else 1.0
    assert min(1.0, 2 * min(greater, less)) == _close(both)
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
    assert tango_p(only_a, only_b, n, apart, "greater") == _close(float(norm.sf(score)))
    assert tango_p(only_a, only_b, n, apart, "less") == _close(float(norm.cdf(score)))


@given(st.integers(0, 30), st.integers(1, 30))
def test_at_no_difference_tangos_score_is_mcnemars(only_a: int, only_b: int) -> None:
    chi_square = mcnemar([[0, only_a], [only_b, 0]], exact=False, correction=False)
    p = tango_p(only_a, only_b, 100, 0.0, "greater")
    assert 2 * min(p, 1 - p) == _close(chi_square.pvalue)


@given(COUNTS, SHARES_APART)
def test_swapping_models_swaps_the_sides_of_tangos_test(counts: tuple[int, int, int], apart: float) -> None:
    only_a, only_b, concordant = counts
    n = only_a + only_b + concordant
    assert tango_p(only_a, only_b, n, apart, "greater") == _close(tango_p(only_b, only_a, n, -apart, "less"))
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
    assert tango_p(only_a, only_b, n, low, "greater") == _close((1 - level) / 2)
    assert tango_p(only_a, only_b, n, high, "less") == _close((1 - level) / 2)


def test_tangos_test_needs_no_discordant_example() -> None:
    assert tango_p(0, 0, 100, 0.0, "greater") == tango_p(0, 0, 100, 0.0, "less") == 0.5
    assert tango_p(0, 0, 100, -0.05, "greater") == _close(float(norm.sf(math.sqrt(100 * 0.05 / 0.95))))
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


# Means over folds


@given(VALUES, st.floats(-100, 100), st.sampled_from(SIDES))
def test_without_overlap_the_test_over_folds_is_students(values: list[float], margin: float, side: Side) -> None:
    assume(stdev(values) > 0)
    expected = float(ttest_1samp(values, margin, alternative=side).pvalue)
    assert over_folds(values, 0.0).p(margin, side) == _close(expected)


@given(VALUES, st.floats(-100, 100), st.floats(0, 5))
def test_the_test_over_folds_is_nadeau_and_bengios(values: list[float], margin: float, share: float) -> None:
    assume(stdev(values) > 0)
    spread = stdev(values) * math.sqrt(1 / len(values) + share)
    expected = float(student.sf((fmean(values) - margin) / spread, len(values) - 1))
    assert over_folds(values, share).p(margin, "greater") == _close(expected)


@pytest.mark.parametrize(("folds", "most"), [(3, 0.05), (5, 0.05), (10, 0.065)])
def test_overlapping_training_sets_hardly_raise_the_error(folds: int, most: float) -> None:
    """Squared error of the mean of the training folds against that of 0, where both are equally good in expectation.

    The true mean is one over the root of the number of training examples; it is the learners of different folds that
    share examples, as in the paper, and the plain t test that errs.
    """
    runs, size = 4000, 30
    trained = size * (folds - 1)
    data = np.random.default_rng(folds).standard_normal((runs, folds, size)) + trained**-0.5
    learned = (data.sum(axis=(1, 2))[:, None] - data.sum(axis=2)) / trained
    differences = (learned**2 - 2 * learned * data.mean(axis=2)).tolist()
    for side in SIDES:
        assert _rate(over_folds(values, 1 / (folds - 1)).p(0.0, side) <= 0.05 for values in differences) <= most
    plain = _rate(over_folds(values, 0.0).p(0.0, "greater") <= 0.05 for values in differences)
    assert folds == 3 or plain > _at_most(0.05, runs)


@pytest.mark.parametrize("folds", [2, 3, 5, 10])
@pytest.mark.parametrize("steps", [20, 100, 1000])
def test_scores_that_come_in_steps_alarm_no_more_often_than_they_say(steps: int, folds: int) -> None:
    """Two models of equal quality, their scores over 1/20, 1/100 and 1/1000 of a test part rounded by nature."""
    source, runs = np.random.default_rng(1000 * folds + steps), 4000
    for chance in (0.9, 0.5):
        scores = source.binomial(steps, chance, (2, runs, folds)) / steps
        differences = (scores[1] - scores[0]).tolist()
        for nominal in (0.05, 0.01):
            found = (over_folds(one, 1 / max(folds - 1, 1), 1 / steps).p(0.0, "less") for one in differences)
            assert _rate(p <= nominal for p in found) <= _at_most(nominal, runs)


# Means over examples and groups


@given(VALUES)
def test_the_interval_of_a_contrast_ends_where_its_test_rejects(values: list[float]) -> None:
    assume(len(values) > 6 and stdev(values) > 0)
    contrasts: list[Contrast] = [Skewed.of(np.array(values)), over_folds(values, 0.5)]
    for found in (*contrasts, Strictest(contrasts), Either((contrasts[0], contrasts[1]))):
        low, high = found.ends(0.025)
        assert low <= fmean(values) <= high
        assert found.p(low, "greater") == pytest.approx(0.025, rel=1e-6)
        assert found.p(high, "less") == pytest.approx(0.025, rel=1e-6)


@given(VALUES, st.floats(-100, 100), st.floats(-100, 100))
def test_a_larger_margin_is_harder_for_a_mean_to_exceed(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    found, turned = Skewed.of(np.array(values)), Skewed.of(-np.array(values))
    assert 0 <= found.p(low, "greater") <= found.p(high, "greater") <= 1
    assert found.p(low, "greater") == _close(turned.p(-low, "less"))


@pytest.mark.parametrize("shape", ["lognormal", "exponential", "normal"])
@pytest.mark.parametrize("size", [30, 100, 500])
def test_the_test_of_a_mean_errs_no_more_often_than_it_says(shape: str, size: int) -> None:
    source, runs = np.random.default_rng(size), 2000
    losses = {
        "lognormal": lambda: source.lognormal(0, 1, (runs, size)) - math.exp(0.5),
        "exponential": lambda: source.standard_exponential((runs, size)) - 1,
        "normal": lambda: source.standard_normal((runs, size)),
    }[shape]()
    for nominal in (0.05, 0.01):
        for side in SIDES:
            rate = _rate(Skewed.of(values).p(0.0, side) <= nominal for values in losses)
            assert rate <= _at_most(1.7 * nominal if size < 100 and shape == "lognormal" else nominal, runs)


def test_the_test_of_a_mean_shows_less_than_any_bootstrap_could() -> None:
    differences = np.random.default_rng(0).standard_normal(1000) + 1
    assert 0 < Skewed.of(differences).p(0.0, "greater") < 1e-30


def test_few_differences_show_no_more_than_that_they_have_one_sign() -> None:
    """Equal ones too: that two examples lose as much is no certainty."""
    for size in (2, 3, 5):
        for values in (np.full(size, 0.1), np.linspace(0.1, 0.1001, size)):
            assert Skewed.of(values).p(0.0, "greater") >= 2.0**-size
    assert Skewed.of(np.array([0.1])).p(0.0, "greater") == 1.0


@pytest.mark.parametrize(("size", "floor"), [(20, 0.90), (50, 0.93), (200, 0.93)])
def test_the_interval_of_a_mean_covers_it(size: int, floor: float) -> None:
    source, runs = np.random.default_rng(size), 2000
    draws = {
        0.0: source.standard_normal((runs, size)),
        1.0: source.standard_exponential((runs, size)),
        math.exp(0.5): source.lognormal(0, 1, (runs, size)),
    }
    for mean, draw in draws.items():
        ends = [Skewed.of(differences).ends(0.025) for differences in draw]
        assert floor <= _rate(low <= mean <= high for low, high in ends)


@pytest.mark.parametrize("size", [5, 20])
def test_examples_of_one_group_count_as_one(size: int) -> None:
    """Groups that share an answer: by example they alarm far too often."""
    source, runs, groups = np.random.default_rng(size), 1000, 60
    owners = np.repeat(np.arange(groups), size)
    alarms: dict[str, int] = {"by group": 0, "by example": 0}
    for shared in source.choice([-1.0, 0.0, 1.0], (runs, groups), p=[0.1, 0.8, 0.1]):
        differences = np.repeat(shared, size)
        before, after = int((differences < 0).sum()), int((differences > 0).sum())
        alarms["by example"] += Answers(before, after, len(differences)).p(0.0, "less") <= 0.05
        signs = Signs(int((shared < 0).sum()), int((shared > 0).sum()))
        alarms["by group"] += Strictest([Skewed.of(differences, owners), signs]).p(0.0, "less") <= 0.05
    assert alarms["by group"] <= runs * _at_most(0.05, runs) < alarms["by example"]


# Multiplicity


@given(P_VALUES)
def test_holms_p_values_are_those_of_statsmodels(p_values: list[float]) -> None:
    assert holm(p_values) == _close(multipletests(p_values, method="holm")[1].tolist())


@given(P_VALUES, st.integers(0, 20))
def test_what_is_not_listed_counts_as_one(p_values: list[float], more: int) -> None:
    assert holm(p_values, len(p_values) + more) == holm([*p_values, *[1.0] * more])[: len(p_values)]


def test_no_p_values_are_adjusted_to_none() -> None:
    assert holm([]) == []


def test_holm_bounds_the_chance_of_any_false_rejection() -> None:
    runs = 4000
    families = np.random.default_rng(0).random((runs, 20)).tolist()
    assert 0.035 <= _rate(min(holm(family)) <= 0.05 for family in families) <= _at_most(0.05, runs)


@given(st.floats(0, 1), st.sampled_from(range(len(LOOKS))))
def test_a_look_spends_its_share(p: float, look: int) -> None:
    assert p <= spent(p, look) <= 1
    assert (spent(p, look) <= 0.05) == (p / SHARES[look] <= 0.05)


def test_the_shares_of_the_looks_add_up_to_one() -> None:
    assert len(SHARES) == len(LOOKS)
    assert sum(SHARES) == pytest.approx(1.0)


# Changes


def _history(seed: int, *levels: tuple[int, float]) -> list[float]:
    """So many values of each level, with noise of a standard deviation of 1."""
    means = np.concatenate([np.full(length, level) for length, level in levels])
    return (means + np.random.default_rng(seed).standard_normal(len(means))).tolist()


@given(st.floats(-1e6, 1e6), st.integers(0, 100))
def test_a_constant_history_has_no_change(value: float, length: int) -> None:
    assert change_points([value] * length) == []


@pytest.mark.parametrize("step", [-12.0, 12.0])
def test_a_clear_step_is_found_where_it_is(step: float) -> None:
    """And little else: each side of it may show a false change as rarely as any history."""
    runs = 500
    found = [change_points(_history(seed, (20, 0.0), (20, step))) for seed in range(runs)]
    assert all(20 in changes for changes in found)
    assert _rate(changes != [20] for changes in found) <= _at_most(0.02, runs)


def test_a_step_without_noise_is_found_where_it_is() -> None:
    assert change_points([1.0] * 20 + [2.0] * 20) == [20]


@pytest.mark.parametrize(
    ("levels", "changes"),
    [
        ([(20, 0.0), (15, 12.0), (15, 24.0)], [20, 35]),
        ([(20, 0.0), (15, 12.0), (15, 0.0)], [20, 35]),
        ([(10, 0.0), (40, 12.0)], [10]),
        ([(47, 0.0), (3, 12.0)], [47]),
        ([(60, 0.0), (60, 12.0), (60, 0.0), (20, -12.0)], [60, 120, 180]),
    ],
    ids=["staircase", "undone", "early", "last three", "long"],
)
def test_steps_are_found_where_they_are(levels: list[tuple[int, float]], changes: list[int]) -> None:
    assert [change_points(_history(seed, *levels), alpha=0.001 if len(levels) > 3 else 0.01) for seed in range(5)] == [
        changes
    ] * 5


def test_a_few_wild_values_are_no_change_and_hide_none() -> None:
    history = _history(0, (25, 0.0), (25, 6.0))
    history[7], history[40] = 1000.0, -1000.0
    assert change_points(history) == [25]
    history = _history(1, (50, 0.0))
    history[30:32] = [1000.0, 1000.0]
    assert change_points(history) == []


def test_a_short_history_shows_no_change() -> None:
    assert change_points([0.0] * 7 + [1.0] * 7) == []
    assert change_points([0.0] * 7 + [1.0] * 8) == [7]


@given(st.integers(0, 100), st.integers(-8, 8), st.booleans())
def test_unit_and_direction_do_not_matter_to_changes(seed: int, power: int, turned: bool) -> None:
    history = _history(seed, (20, 0.0), (20, 2.0))
    factor = -(2.0**power) if turned else 2.0**power
    assert change_points([factor * value for value in history]) == change_points(history)


@pytest.mark.parametrize("ties", [False, True])
@pytest.mark.parametrize("length", [20, 50])
def test_false_changes_are_as_rare_as_asked(length: int, ties: bool) -> None:
    runs = 2000
    histories = np.random.default_rng(length).standard_normal((runs, length))
    found = [change_points(history) for history in (histories.round() if ties else histories).tolist()]
    assert _rate(bool(changes) for changes in found) <= _at_most(0.01, runs)


# Strata


def _enumerated(strata: list[tuple[list[float], list[float]]]) -> float:
    """The p-value by going through every way of dealing the values of each stratum to its two sides."""

    def wins(a: list[float], b: list[float]) -> int:
        return sum(x < y for x in a for y in b)

    counts = [1]
    for a, b in strata:
        pool = a + b
        own = [0] * (len(a) * len(b) + 1)
        for chosen in combinations(range(len(pool)), len(a)):
            left = [pool[i] for i in chosen]
            own[wins(left, [v for i, v in enumerate(pool) if i not in chosen])] += 1
        counts = np.convolve(counts, own).tolist()
    return sum(counts[sum(wins(a, b) for a, b in strata) :]) / sum(counts)


@given(st.permutations(range(6)), st.permutations(range(8)))
def test_strata_are_weighed_as_enumeration_does(first: list[int], second: list[int]) -> None:
    strata = [([1.0 * v for v in first[:3]], [1.0 * v for v in first[3:]])]
    strata.append(([1.0 * v for v in second[:3]], [1.0 * v for v in second[3:]]))
    assert strata_p(strata) == pytest.approx(_enumerated(strata), rel=1e-9)


def test_what_differs_between_strata_plays_no_part() -> None:
    a, b = [1.0, 2.0, 3.0, 4.0, 5.0], [1.5, 2.5, 3.5, 4.5, 5.5]
    apart = [([v + shift for v in a], [v + shift for v in b]) for shift in (0.0, 100.0)]
    assert strata_p(apart) == strata_p([(a, b), (a, b)])


def test_one_stratum_is_the_plain_test() -> None:
    a, b = [1.0, 2.0, 3.0], [2.5, 3.5, 4.5]
    assert strata_p([(a, b)]) == rank_p(a, b)
    assert strata_p([(a, b)], "less") == rank_p(a, b, side="less")


@given(st.lists(st.integers(-6, 6).filter(bool), min_size=3, max_size=9), st.sampled_from((1 / 3, 2 / 3, 1.0)))
def test_signed_ranks_are_weighed_as_enumeration_does(differences: list[int], most: float) -> None:
    cap = round(2 * most * len(differences)) / 2
    ranks = np.minimum(rankdata([abs(value) for value in differences]), cap)
    observed = sum(rank for rank, value in zip(ranks, differences, strict=True) if value > 0)
    sums = [
        sum(rank for rank, sign in zip(ranks, signs, strict=True) if sign)
        for signs in product((0, 1), repeat=len(ranks))
    ]
    expected = sum(total >= observed for total in sums) / len(sums)
    assert signed_p([float(value) for value in differences], most) == pytest.approx(expected, rel=1e-9)


def test_signed_ranks_equal_scipys_exact_test() -> None:
    differences = np.random.default_rng(0).normal(0.3, 1, 20)
    expected = wilcoxon(differences, alternative="greater", method="exact").pvalue
    assert signed_p(differences.tolist(), most=1) == pytest.approx(float(expected), rel=1e-9)


def test_a_few_pairs_far_from_the_others_hide_no_change() -> None:
    changes = [*np.random.default_rng(0).normal(0.02, 0.01, 40)]
    outliers = [-0.09, -0.08, -0.07, *changes[3:]]
    assert signed_p(outliers) < 1e-6 < signed_p(outliers, most=1)
