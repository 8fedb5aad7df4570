"""Means over folds, examples and groups: against scipy, and by simulation of their error."""

import math
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t as student
from scipy.stats import ttest_1samp

from inference import SIDES, at_most, close, rate_of
from swapbench.judge.contrasts import Answers, Contrast, Either, Signs, Skewed, Strictest
from swapbench.judge.statistics import Side, over_folds

VALUES = st.lists(st.integers(-1000, 1000).map(float), min_size=2, max_size=30)


# Means over folds


@given(VALUES, st.floats(-100, 100), st.sampled_from(SIDES))
def test_without_overlap_the_test_over_folds_is_students(values: list[float], margin: float, side: Side) -> None:
    assume(stdev(values) > 0)
    expected = float(ttest_1samp(values, margin, alternative=side).pvalue)
    assert over_folds(values, 0.0).p(margin, side) == close(expected)


@given(VALUES, st.floats(-100, 100), st.floats(0, 5))
def test_the_test_over_folds_is_nadeau_and_bengios(values: list[float], margin: float, share: float) -> None:
    assume(stdev(values) > 0)
    spread = stdev(values) * math.sqrt(1 / len(values) + share)
    expected = float(student.sf((fmean(values) - margin) / spread, len(values) - 1))
    assert over_folds(values, share).p(margin, "greater") == close(expected)


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
    found = [over_folds(values, 1 / (folds - 1)) for values in differences]
    for side in SIDES:
        assert rate_of(one.p(0.0, side) <= 0.05 for one in found) <= most
    plain = rate_of(over_folds(values, 0.0).p(0.0, "greater") <= 0.05 for values in differences)
    assert folds == 3 or plain > at_most(0.05, runs)


@pytest.mark.parametrize("folds", [2, 3, 5, 10])
@pytest.mark.parametrize("steps", [20, 100, 1000])
def test_scores_that_come_in_steps_alarm_no_more_often_than_they_say(steps: int, folds: int) -> None:
    """Two models of equal quality, their scores over 1/20, 1/100 and 1/1000 of a test part rounded by nature."""
    source, runs = np.random.default_rng(1000 * folds + steps), 4000
    for chance in (0.9, 0.5):
        scores = source.binomial(steps, chance, (2, runs, folds)) / steps
        differences = (scores[1] - scores[0]).tolist()
        found = [over_folds(one, 1 / max(folds - 1, 1), 1 / steps).p(0.0, "less") for one in differences]
        for nominal in (0.05, 0.01):
            assert rate_of(p <= nominal for p in found) <= at_most(nominal, runs)


# Means over examples and groups


@given(st.lists(st.integers(-1000, 1000).map(float), min_size=7, max_size=30))
def test_the_interval_of_a_contrast_ends_where_its_test_rejects(values: list[float]) -> None:
    assume(stdev(values) > 0)
    contrasts: list[Contrast] = [Skewed.of(np.array(values)), over_folds(values, 0.5)]
    for found in (*contrasts, Strictest(contrasts), Either(contrasts[0], contrasts[1])):
        low, high = found.ends(0.025)
        assert low <= fmean(values) <= high
        assert found.p(low, "greater") == pytest.approx(0.025, rel=1e-6)
        assert found.p(high, "less") == pytest.approx(0.025, rel=1e-6)


@given(VALUES, st.floats(-100, 100), st.floats(-100, 100))
def test_a_larger_margin_is_harder_for_a_mean_to_exceed(values: list[float], one: float, other: float) -> None:
    low, high = sorted((one, other))
    found, turned = Skewed.of(np.array(values)), Skewed.of(-np.array(values))
    assert 0 <= found.p(low, "greater") <= found.p(high, "greater") <= 1
    assert found.p(low, "greater") == close(turned.p(-low, "less"))


@pytest.mark.parametrize("shape", ["lognormal", "exponential", "normal"])
@pytest.mark.parametrize("size", [30, 100, 500])
def test_the_test_of_a_mean_errs_no_more_often_than_it_says(shape: str, size: int) -> None:
    source, runs = np.random.default_rng(size), 2000
    losses = {
        "lognormal": lambda: source.lognormal(0, 1, (runs, size)) - math.exp(0.5),
        "exponential": lambda: source.standard_exponential((runs, size)) - 1,
        "normal": lambda: source.standard_normal((runs, size)),
    }[shape]()
    means = [Skewed.of(values) for values in losses]
    for side in SIDES:
        found = [mean.p(0.0, side) for mean in means]
        for nominal in (0.05, 0.01):
            rate = rate_of(p <= nominal for p in found)
            assert rate <= at_most(1.7 * nominal if size < 100 and shape == "lognormal" else nominal, runs)


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
        assert floor <= rate_of(low <= mean <= high for low, high in ends)


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
    assert alarms["by group"] <= runs * at_most(0.05, runs) < alarms["by example"]
