"""Statistics over folds and agreement between backends, against formulas and by hand."""

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import t as student

from helpers import record
from swapbench.base.packing import pack
from swapbench.judge.agreement import Agreement, agreements, last_scored
from swapbench.judge.statistics import over_folds
from swapbench.plan.outline import Outline
from swapbench.plan.suite import Suite
from swapbench.record.record import Record

SCORES = st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30)
WITHIN = {"accuracy": 0.02}


def _nadeau_bengio(values: list[float], test_share: float) -> float:
    """The half-width as the paper writes it: t times the deviation times the root of 1/k + n_test/n_train."""
    count = len(values)
    return float(student.ppf(0.975, count - 1)) * stdev(values) * math.sqrt(1 / count + test_share)


def _half(values: list[float], share: float | None = None, least: float = 0.0) -> float:
    """Half of the 95 % interval."""
    low, high = over_folds(values, 1 / (len(values) - 1) if share is None else share, least).ends(0.025)
    return (high - low) / 2


@given(SCORES, st.floats(0, 5))
def test_the_interval_over_folds_is_nadeau_and_bengios(values: list[float], share: float) -> None:
    assume(stdev(values) > 1e-6)
    assert over_folds(values, share).mean == pytest.approx(fmean(values), rel=1e-9, abs=1e-9)
    assert _half(values, share) == pytest.approx(_nadeau_bengio(values, share), rel=1e-6, abs=1e-9)


def test_a_worked_example() -> None:
    # s^2 = 0.0004, variance of the mean 0.0004 (1/3 + 1/2), t(2) = 4.302653
    assert over_folds([0.90, 0.92, 0.94], 0.5).mean == pytest.approx(0.92)
    assert _half([0.90, 0.92, 0.94]) == pytest.approx(4.30265273 * math.sqrt(0.0004 * 5 / 6), rel=1e-8)


def test_overlapping_training_sets_widen_the_plain_interval() -> None:
    values = [0.90, 0.92, 0.94, 0.91, 0.95]
    assert _half(values) == pytest.approx(_half(values, 0.0) * math.sqrt(1 + 5 / 4))


@given(SCORES, st.floats(-1e3, 1e3), st.floats(0.1, 100))
def test_the_unit_of_scores_does_not_matter(values: list[float], shift: float, factor: float) -> None:
    assume(stdev(values) > 1e-3)
    moved = [factor * value + shift for value in values]
    assert over_folds(moved, 1.0).mean == pytest.approx(factor * fmean(values) + shift, rel=1e-6, abs=1e-6)
    assert _half(moved) == pytest.approx(factor * _half(values), rel=1e-4)


def test_one_fold_shows_nothing_and_equal_ones_no_more_than_their_resolution() -> None:
    assert over_folds([0.5], 1.0).ends(0.025) == (-math.inf, math.inf)
    assert over_folds([0.5], 1.0).p(0.0, "greater") == 1.0
    assert over_folds([0.5] * 3, 0.5).p(0.0, "greater") == 1.0
    assert _half([0.5] * 3, least=0.05) == pytest.approx(4.30265273 * math.sqrt(0.0025 * 5 / 6), rel=1e-8)


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


def _examples(backend: str, right: Sequence[bool], digest: str) -> Record:
    """Return a record of one fold with the result of each example."""
    packed = {"accuracy": pack(np.array(right, dtype=bool))}
    return replace(
        _folds(backend, [fmean(right)])[0],
        examples=packed,
        test_examples=len(right),
        train_examples=len(right),
        predictions_sha256=digest,
        seeded=False,
    )


def test_backends_shown_to_be_within_tolerance_agree_and_say_so() -> None:
    right = [True] * 900 + [False] * 100
    agreement = _only([_examples("torch", right, "a"), _examples("jax", [*right[1:], True], "b")])
    assert agreement.holds
    assert not agreement.fails
    assert agreement.sentence() == (
        "mine: lin on data agrees in accuracy between torch (0.9000) and jax (0.9000): mean difference over 1 fold "
        "+0.0000 (-0.0047 to +0.0047), allowed 0.02."
    )


def test_backends_shown_to_be_beyond_tolerance_disagree_and_say_so() -> None:
    right = [True] * 900 + [False] * 100
    agreement = _only([_examples("torch", right, "a"), _examples("jax", [False] * 100 + right[100:], "b")])
    assert agreement.fails
    assert "lin on data DISAGREES in accuracy between torch (0.9000) and jax (0.8000)" in agreement.sentence()


@pytest.mark.parametrize("jax", [[0.89, 0.90], [0.85, 0.88]], ids=["inside", "outside"])
def test_backends_that_noise_puts_on_either_side_of_the_limit_fail_nothing(jax: list[float]) -> None:
    """Two folds show neither that they agree nor that they do not."""
    agreement = _only(_folds("torch", [0.90, 0.92]) + _folds("jax", jax))
    assert not agreement.holds
    assert not agreement.fails
    assert "is shown neither to agree nor to disagree" in agreement.sentence()


def test_of_many_agreements_none_fails_by_chance() -> None:
    """2 in 100 would be expected below 1 %, either way, if each stood for itself."""
    source = np.random.default_rng(0)
    failed = 0
    for run in range(20):
        right = source.random((10, 400)) < 0.9
        records = [_examples("torch", right[0].tolist(), "a")]
        records += [
            replace(one, cell=replace(one.cell, backend=f"b{number}"))
            for number in range(1, 10)
            for one in [_examples("jax", right[number].tolist(), str(number + run))]
        ]
        failed += any(agreement.fails for agreement in agreements(records, _outline({"accuracy": 0.0})))
    assert failed == 0


def test_one_shared_fold_is_compared_without_an_interval() -> None:
    agreement = _only(_folds("torch", [0.90]) + _folds("jax", [0.91]))
    assert agreement.evidence.interval is None
    assert " to " not in agreement.sentence().replace("to agree", "").replace("to disagree", "")


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
    assert [a.sides for a in agreements(records, _outline(WITHIN))] == [
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


def test_equal_predictions_agree_even_when_nothing_is_allowed_and_equal_scores_do_not() -> None:
    same, equal = (
        [replace(one, predictions_sha256="p") for one in _folds("torch", [0.9, 0.8])],
        _folds("jax", [0.9, 0.8]),
    )
    assert _only([*same, *(replace(one, predictions_sha256="p") for one in equal)], {"accuracy": 0.0}).holds
    assert not _only([*same, *(replace(one, predictions_sha256="q") for one in equal)], {"accuracy": 0.0}).holds


def test_the_scores_of_the_latest_phase_count() -> None:
    fit = record(phase="fit", scores={"accuracy": 0.1})
    predict = record(phase="predict", scores={"accuracy": 0.9})
    unscored = record(phase="export", scores={})
    assert last_scored([fit, predict, unscored]) == [predict]
