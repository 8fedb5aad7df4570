"""Statistics over folds and agreement between backends, against formulas and by hand."""

import math
from statistics import fmean, stdev
from typing import Any

import pytest
from helpers import record
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from harness.judge.agreement import Agreement, agreements, last_scored
from harness.judge.statistics import over_folds
from harness.plan.outline import Outline
from harness.plan.suite import Suite
from harness.record.record import Record

SCORES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)
WITHIN = {"accuracy": 0.02}


def _nadeau_bengio(values: list[float], test_share: float) -> float:
    """The half-width as the paper writes it: t times the deviation times the root of 1/k + n_test/n_train."""
    count = len(values)
    return float(student.ppf(0.975, count - 1)) * stdev(values) * math.sqrt(1 / count + test_share)


@given(SCORES)
def test_the_interval_is_nadeau_and_bengios(values: list[float]) -> None:
    estimate = over_folds(values)
    assert estimate.mean == pytest.approx(fmean(values), rel=1e-9, abs=1e-9)
    assert estimate.half_width == pytest.approx(_nadeau_bengio(values, 1 / (len(values) - 1)), rel=1e-9, abs=1e-9)


@given(SCORES, st.floats(0, 5))
def test_the_share_of_test_examples_can_be_given(values: list[float], share: float) -> None:
    assert over_folds(values, share).half_width == pytest.approx(_nadeau_bengio(values, share), rel=1e-9, abs=1e-9)


def test_a_worked_example() -> None:
    # s^2 = 0.0004, variance of the mean 0.0004 (1/3 + 1/2), t(2) = 4.302653
    estimate = over_folds([0.90, 0.92, 0.94])
    assert estimate.mean == pytest.approx(0.92)
    assert estimate.half_width == pytest.approx(4.30265273 * math.sqrt(0.0004 * 5 / 6), rel=1e-8)


def test_overlapping_training_sets_widen_the_plain_interval() -> None:
    values = [0.90, 0.92, 0.94, 0.91, 0.95]
    plain = over_folds(values, 0.0).half_width
    corrected = over_folds(values).half_width
    assert plain is not None
    assert corrected == pytest.approx(plain * math.sqrt(1 + 5 / 4))


@given(SCORES, st.floats(-1e3, 1e3))
def test_shifting_all_scores_shifts_the_mean_and_keeps_the_width(values: list[float], shift: float) -> None:
    before, after = over_folds(values), over_folds([value + shift for value in values])
    assert after.mean == pytest.approx(before.mean + shift, rel=1e-6, abs=1e-6)
    assert after.half_width == pytest.approx(before.half_width, rel=1e-6, abs=1e-6)


@given(SCORES, st.floats(-100, 100))
def test_scaling_all_scores_scales_mean_and_width(values: list[float], factor: float) -> None:
    before, after = over_folds(values), over_folds([value * factor for value in values])
    assert before.half_width is not None
    assert after.mean == pytest.approx(before.mean * factor, rel=1e-6, abs=1e-6)
    assert after.half_width == pytest.approx(before.half_width * abs(factor), rel=1e-6, abs=1e-6)


@given(st.permutations([0.9, 0.92, 0.7, 0.85, 0.99]))
def test_the_order_of_folds_does_not_matter(values: list[float]) -> None:
    estimate, sorted_estimate = over_folds(values), over_folds(sorted(values))
    assert estimate.mean == pytest.approx(sorted_estimate.mean)
    assert estimate.half_width == pytest.approx(sorted_estimate.half_width)


def test_one_fold_has_a_mean_and_no_interval() -> None:
    assert over_folds([0.5]).mean == 0.5
    assert over_folds([0.5]).half_width is None


def test_equal_scores_have_an_interval_of_no_width() -> None:
    assert over_folds([0.5, 0.5, 0.5]).half_width == 0.0


def _folds(backend: str, scores: list[float], first: int = 0) -> list[Record]:
    return [
        record(backend=backend, fold=fold, phase="predict", scores={"accuracy": score})
        for fold, score in enumerate(scores, first)
    ]


def _outline(tolerances: dict[str, Any]) -> Outline:
    models = {name: dict.fromkeys(("torch", "jax", "sklearn"), "fake:Lin") for name in ("lin", "a", "b")}
    return Outline.of(Suite("mine", models=models, dataset="fake:load", metrics=["accuracy"], tolerances=tolerances))


def _only(records: list[Record], tolerances: dict[str, Any] = WITHIN) -> Agreement:
    (agreement,) = agreements(records, _outline(tolerances))
    return agreement


def test_backends_within_tolerance_agree_and_say_so() -> None:
    agreement = _only(_folds("torch", [0.90, 0.92]) + _folds("jax", [0.91, 0.92]))
    assert agreement.holds
    assert agreement.sentence() == (
        "mine: lin on data agrees in accuracy between torch (0.9100) and jax (0.9150), inconclusive: "
        "mean difference over 2 folds +0.0050 (-0.1050 to +0.1150), allowed less than 0.02."
    )


def test_backends_beyond_tolerance_disagree_and_say_so() -> None:
    agreement = _only(_folds("torch", [0.90, 0.92, 0.91]) + _folds("jax", [0.80, 0.82, 0.81]))
    assert not agreement.holds
    assert agreement.sentence() == (
        "mine: lin on data DISAGREES in accuracy between torch (0.9100) and jax (0.8100), different: "
        "mean difference over 3 folds -0.1000 (-0.1000 to -0.1000), allowed less than 0.02."
    )


def test_one_shared_fold_is_compared_without_an_interval() -> None:
    agreement = _only(_folds("torch", [0.90]) + _folds("jax", [0.91]))
    assert agreement.evidence.interval is None
    assert " to " not in agreement.sentence()


def test_only_folds_that_both_backends_have_are_compared() -> None:
    agreement = _only(_folds("torch", [0.1, 0.90, 0.92]) + _folds("jax", [0.90, 0.92, 0.1], first=1))
    assert agreement.folds == 2
    assert agreement.means == (pytest.approx(0.91), pytest.approx(0.91))
    assert agreement.difference == pytest.approx(0.0)


def test_a_fold_without_the_score_on_one_side_is_left_out_on_both() -> None:
    torch, jax = _folds("torch", [0.5, 0.6, 0.7]), _folds("jax", [0.5, 0.6, 0.7])
    torch[0] = record(backend="torch", fold=0, phase="predict", scores={"macro_f1": 0.5})
    jax[1] = record(backend="jax", fold=1, phase="predict", scores={"macro_f1": 0.5})
    agreement = _only(torch + jax)
    assert agreement.folds == 1
    assert agreement.difference == pytest.approx(0.0)


def test_records_that_did_not_end_well_are_not_compared() -> None:
    failed = record(backend="jax", fold=0, phase="predict", scores={"accuracy": 0.9}, status="failed")
    assert list(agreements([*_folds("torch", [0.9]), failed], _outline(WITHIN))) == []


def test_each_pair_of_backends_is_compared_once() -> None:
    records = _folds("torch", [0.9]) + _folds("jax", [0.9]) + _folds("sklearn", [0.9])
    assert [a.backends for a in agreements(records, _outline(WITHIN))] == [
        ("torch", "jax"),
        ("torch", "sklearn"),
        ("jax", "sklearn"),
    ]


def test_different_models_and_datasets_are_not_compared_with_each_other() -> None:
    records = [
        record("a", "torch", scores={"accuracy": 0.9}),
        record("b", "jax", scores={"accuracy": 0.9}),
        record("a", "jax", scores={"accuracy": 0.9}, dataset="other"),
    ]
    assert list(agreements(records, _outline(WITHIN))) == []


def test_tolerances_of_times_and_memory_ask_for_no_agreement_of_scores() -> None:
    records = _folds("torch", [0.9]) + _folds("jax", [0.5])
    assert list(agreements(records, _outline({"fit_time": "5%", "peak_memory": 1.0}))) == []


def test_a_relative_tolerance_is_a_share_of_the_first_backend() -> None:
    agreement = _only(_folds("torch", [0.8]) + _folds("jax", [0.83]), {"accuracy": "5%"})
    assert agreement.limit == pytest.approx(0.04)
    assert agreement.holds


def test_equal_scores_agree_even_when_nothing_is_allowed() -> None:
    agreement = _only(_folds("torch", [0.9, 0.8]) + _folds("jax", [0.9, 0.8]), {"accuracy": 0.0})
    assert agreement.holds


def test_the_scores_of_the_latest_phase_count() -> None:
    fit = record(phase="fit", scores={"accuracy": 0.1})
    predict = record(phase="predict", scores={"accuracy": 0.9})
    unscored = record(phase="export", scores={})
    assert last_scored([fit, predict, unscored]) == [predict]
