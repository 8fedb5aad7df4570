"""Ranks, ratios of medians and strata: against scipy and enumeration, and by simulation of their error."""

import math
from fractions import Fraction
from itertools import combinations, product
from statistics import median_low

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binom, mannwhitneyu, rankdata, wilcoxon

from inference import SIDES, at_most, close, draws, rate_of
from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.ranks import median_interval, rank_p, ratio, ratio_interval, signed_p, strata_p, wins_p
from swapbench.judge.statistics import Side

OTHER: dict[Side, Side] = {"greater": "less", "less": "greater"}

TIMES = st.lists(st.integers(1, 50).map(float), min_size=1, max_size=12)
POSITIVE = st.lists(st.floats(0.01, 100), min_size=1, max_size=12)


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
    assert rank_p(a, b, factor, side) == close(float(expected))


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
    draw, runs = draws(size)[shape], 4000
    a, b = draw((runs, size)).tolist(), (1.1 * draw((runs, size))).tolist()
    for side in SIDES:
        rate = rate_of(rank_p(x, y, 1.1, side) <= 0.05 for x, y in zip(a, b, strict=True))
        assert 0.03 <= rate <= at_most(0.05, runs)


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
    assert ratio_interval(a, b, level) == (close(low), close(high))


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
    draw, runs = draws(size)[shape], 2000
    ends = [ratio_interval(a, b) for a, b in zip(draw((runs, size)), 1.1 * draw((runs, size)), strict=True)]
    assert floor <= rate_of(low <= 1.1 <= high for low, high in ends) <= 0.99


@pytest.mark.parametrize(("size", "places"), [(5, (0, 4)), (6, (0, 5)), (10, (1, 8)), (20, (5, 14)), (40, (13, 26))])
def test_the_interval_of_a_median_lies_between_the_places_of_published_tables(
    size: int, places: tuple[int, int]
) -> None:
    assert median_interval([float(place) for place in reversed(range(size))]) == places
    assert 1 - 2 * binom.cdf(places[0], size, 0.5) >= (0.95 if size > 5 else 0.93)


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
