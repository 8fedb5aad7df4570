"""Standings: who wins in each column of a table, and whether it is real."""

import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import fmean
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import record, sample
from swapbench import SwapError
from swapbench.base.packing import pack
from swapbench.judge.bounded import interval
from swapbench.judge.estimates import estimate
from swapbench.judge.ranking import standings
from swapbench.judge.ratios import of_strata
from swapbench.judge.standing import Standing
from swapbench.plan.cell import Row
from swapbench.plan.metric import METRICS, Metric, sign
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.suite import Suite
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show import text, winners
from swapbench.show.comparison import as_json, comparisons
from swapbench.show.markdown import markdown
from swapbench.show.summary import summarize

ROWS = ("a", "b", "c")
OUTLINE = Outline.of(
    Suite(
        "mine",
        models={name: {"sklearn": "fake:Lin"} for name in ROWS},
        dataset="fake:load",
        phases=["fit"],
        metrics=["accuracy", "macro_f1"],
    )
)


def _row(model: str, folds: Sequence[np.ndarray[Any, Any]], wall_s: float = 1.0, **changes: Any) -> list[Record]:
    """Return the records of a row, given which answers are right in each fold, with three rounds of about a time."""
    noise = np.random.default_rng(ord(model))
    return [
        record(
            model,
            fold=fold,
            scores={"accuracy": fmean(right), "macro_f1": fmean(right)},
            examples={"accuracy": pack(right)},
            test_examples=len(right),
            train_examples=2 * len(right),
            samples=tuple(sample(wall_s * (1 + 0.01 * noise.standard_normal())) for _ in range(3)),
            predictions_sha256=f"{model}{fold}",
            **{"seeded": False, **changes},
        )
        for fold, right in enumerate(folds)
    ]


def _answers(share: float, seed: int, folds: int = 3, size: int = 300) -> list[np.ndarray[Any, Any]]:
    source = np.random.default_rng(seed)
    return [source.random(size) < share for _ in range(folds)]


def _standing(records: Sequence[Record], quantity: str = "accuracy") -> Standing:
    return next(one for one in standings(OUTLINE, records) if one.quantity == quantity)


def test_a_row_that_is_clearly_best_wins_and_the_sentence_says_over_whom() -> None:
    found = _standing(_row("a", _answers(0.95, 0)) + _row("b", _answers(0.6, 1)) + _row("c", _answers(0.5, 2)))
    assert found.winner == "a-sklearn"
    assert found.leaders == ()
    assert [row for row, _ in found.beaten] == ["b-sklearn", "c-sklearn"]
    assert found.sentence() == (
        f"accuracy: a-sklearn ({found.estimates['a-sklearn'].value:.4f}) is shown to be the best of 3 rows "
        "(by example over 900 examples, Holm over 3 rows)."
    )


def test_the_highest_mean_of_rows_that_nothing_tells_apart_is_no_winner() -> None:
    found = _standing(_row("a", _answers(0.9, 0)) + _row("b", _answers(0.9, 1)) + _row("c", _answers(0.5, 2)))
    assert found.winner is None
    assert set(found.leaders) == {"a-sklearn", "b-sklearn"}
    assert [row for row, _ in found.beaten] == ["c-sklearn"]
    assert "leads" in found.sentence()
    assert "may be as good, and c-sklearn is shown to be worse" in found.sentence()


def test_among_rows_of_one_quality_a_winner_is_as_rare_as_said() -> None:
    runs, won = 60, 0
    for run in range(runs):
        found = _standing(
            [one for number, name in enumerate(ROWS) for one in _row(name, _answers(0.8, 9 * run + number))]
        )
        won += bool(found.beaten)
    assert won <= runs * 0.05 + 3 * (runs * 0.05 * 0.95) ** 0.5


@pytest.mark.parametrize(("rounds", "least", "most"), [(2, 0.1, 0.3), (3, 0.0, 0.05)])
def test_processes_that_are_slow_for_life_break_the_promise_of_two_rounds_as_often_as_said(
    rounds: int, least: float, most: float
) -> None:
    """Rows of one pace, of which one process in five is slower by 10 %."""
    source, runs, names = np.random.default_rng(0), 200, "abcdef"
    outline = replace(OUTLINE, rows=tuple(Row(name, "sklearn") for name in names))

    def drawn() -> tuple[dict[str, Any], ...]:
        walls = np.where(source.random(rounds) < 0.2, 1.1, 1.0) * np.exp(0.001 * source.standard_normal(rounds))
        return tuple(sample(float(wall_s)) for wall_s in walls)

    beaten = 0
    for _ in range(runs):
        rows = [record(name, fold=fold, samples=drawn()) for name in names for fold in range(3)]
        beaten += bool(next(one for one in standings(outline, rows) if one.kind == "time").beaten)
    assert least <= beaten / runs <= most


def test_scores_without_results_by_example_are_compared_by_fold() -> None:
    rows = _row("a", _answers(0.9, 0)) + _row("b", _answers(0.89, 1))
    assert "by fold over 3 folds" in _standing(rows, "macro_f1").method
    assert _standing(rows, "macro_f1").winner is None


@pytest.mark.parametrize(("seconds", "winner"), [(1.005, None), (1.2, "a-sklearn")])
def test_a_time_wins_where_it_is_shorter_by_more_than_places_in_memory_can_make_it(
    seconds: float, winner: str | None
) -> None:
    found = _standing(_row("a", _answers(0.9, 0), 1.0) + _row("b", _answers(0.9, 0), seconds), "fit")
    assert found.kind == "time"
    assert found.winner == winner
    assert found.ratios["b-sklearn"].effect == pytest.approx(seconds, rel=0.02)
    low, high = found.ratios["b-sklearn"].interval() or (0, 0)
    assert low < seconds < high
    assert found.ratios["a-sklearn"].interval() is None  # the reference, to itself


def test_nobody_wins_over_nothing_but_a_time_that_other_load_took_part_in() -> None:
    slow = _row("b", _answers(0.9, 0), 2.0)
    loaded = [replace(one, samples=tuple({**s, "contaminated": True} for s in one.samples)) for one in slow]
    assert _standing(_row("a", _answers(0.9, 0)) + slow, "fit").winner == "a-sklearn"
    assert _standing(_row("a", _answers(0.9, 0)) + loaded, "fit").winner is None
    found = _standing(loaded, "fit")
    why = "b-sklearn (other load took part in half of the rounds of a fold or more)"
    assert (found.winner, found.sentence()) == (None, f"fit time: no row could be ranked; not ranked: {why}.")


@pytest.mark.parametrize(
    ("wall_s", "winner", "leaders"),
    [
        (0.5, "c-sklearn", ()),  # without the other load it would be faster still
        (0.999, None, ("c-sklearn", "a-sklearn")),
        (1.5, None, ("c-sklearn", "a-sklearn")),
        (2.5, "a-sklearn", ()),  # what it would be is unknown, but not even half of it looks faster
    ],
)
def test_a_time_that_other_load_took_part_in_is_the_most_that_it_can_be(
    wall_s: float, winner: str | None, leaders: tuple[str, ...]
) -> None:
    loaded = [
        replace(one, samples=tuple({**s, "contaminated": True} for s in one.samples))
        for one in _row("c", _answers(0.9, 0), wall_s)
    ]
    found = _standing(_row("a", _answers(0.9, 0)) + _row("b", _answers(0.9, 0), 2.0) + loaded, "fit")
    assert found.winner == winner
    assert set(found.leaders) == set(leaders)
    assert ("not ranked: c-sklearn" in found.sentence()) == (winner == "a-sklearn")


def test_a_row_of_which_a_fold_failed_is_not_ranked_and_the_sentence_says_so() -> None:
    found = _standing(_row("a", _answers(0.9, 0)) + _row("b", _answers(0.8, 1))[:2] + _row("c", _answers(0.5, 2)))
    assert found.winner == "a-sklearn"
    assert found.unranked == (("b-sklearn", "2 of 3 folds"),)
    assert "not ranked: b-sklearn (2 of 3 folds)" in found.sentence()


def test_nobody_is_best_while_a_row_of_which_a_fold_failed_looks_better() -> None:
    found = _standing(_row("a", _answers(0.9, 0)) + _row("b", _answers(0.99, 1))[:2] + _row("c", _answers(0.5, 2)))
    assert found.winner is None
    assert found.leaders == ("a-sklearn", "b-sklearn")
    assert "not ranked: b-sklearn (2 of 3 folds; nothing says that it is worse, 0.9" in found.sentence()


def _failed(records: Sequence[Record]) -> list[Record]:
    return [replace(one, status="failed", reason="ValueError: no", samples=(), scores={}) for one in records]


def test_a_row_that_failed_in_every_fold_is_named_wherever_somebody_wins() -> None:
    rows = _row("a", _answers(0.9, 0)) + _row("b", _answers(0.5, 1)) + _failed(_row("c", _answers(0.9, 2)))
    for quantity in ("fit", "accuracy"):
        found = _standing(rows, quantity)
        assert (found.unranked, found.ahead) == ((("c-sklearn", "0 of 3 folds"),), ())
        assert "not ranked: c-sklearn (0 of 3 folds)" in found.sentence()
    (table,) = comparisons(OUTLINE, rows, [one.cell for one in rows])
    told = winners.sentence(table) or ""
    assert "a-sklearn is best in accuracy" in told
    assert told.endswith("not ranked at all: c-sklearn (0 of 3 folds).")


def test_the_sentence_on_a_table_is_whole_wherever_it_is_told_for_what_is_open_comes_last() -> None:
    names = [f"{'m' * 120}{number}" for number in range(9)]
    outline = replace(OUTLINE, rows=tuple(Row(name, "sklearn") for name in names))
    answers = [_answers(0.9 - 0.08 * place, place) for place in range(9)]
    rows = [one for place in range(8) for one in _row("a", answers[place], 1 + 0.2 * place)]
    rows = [replace(one, cell=replace(one.cell, model=names[at // 3])) for at, one in enumerate(rows)]
    rows += [replace(one, cell=replace(one.cell, model=names[8])) for one in _row("b", answers[8])[:2]]
    summary = summarize(
        Run("20260101T000000-abcdef", (outline,), {str(one.cell): one.cell for one in rows}, tuple(rows))
    )
    told = winners.sentence(summary.comparisons[0]) or ""
    assert len(told) > 1000
    assert told.endswith("(2 of 3 folds).")
    assert told in text.lines(summary, 10_000)
    assert f"<summary>{told}</summary>" in markdown(summary)


def test_where_each_row_lacks_another_fold_none_is_ranked_whoever_is_declared_first() -> None:
    rows = [_row(name, _answers(share, 0)) for name, share in (("a", 0.5), ("b", 0.9))]
    for quantity in ("fit", "accuracy"):
        for lacking in (0, 1):
            found = _standing([*rows[0][:2], *rows[1][1:]][:: -1 if lacking else 1], quantity)
            assert (found.winner, found.leaders) == (None, ())
            assert [row for row, _ in found.unranked] == ["a-sklearn", "b-sklearn"]
            assert "no row could be ranked" in found.sentence()


@given(st.floats(1e-9, 1e9), st.integers(1, 3), st.integers(1, 3))
def test_a_ratio_that_is_hardly_known_has_no_interval(size: float, folds: int, rounds: int) -> None:
    found = of_strata([([size] * rounds, [1.0, 1e9, 1.0][:rounds])] * folds, 1e-7)
    ends = found and found.interval()
    assert ends is None or (0 < ends[0] <= ends[1] < float("inf"))


def test_a_table_has_a_star_for_a_winner_one_mark_for_all_who_lead_and_says_so_in_json() -> None:
    rows = _row("a", _answers(0.9, 0)) + _row("b", _answers(0.9, 1)) + _row("c", _answers(0.5, 2), 3.0)
    (table,) = comparisons(OUTLINE, rows, [one.cell for one in rows])
    assert [row.values["accuracy"].mark for row in table.rows] == ["≈", "≈", ""]
    assert [row.values["fit"].mark for row in table.rows] == ["≈", "≈", ""]
    content = as_json(table)
    values = content["rows"][2]["values"]["fit"]
    assert values["ratio_low"] < values["ratio"] < values["ratio_high"]
    assert content["standings"][0]["sentence"].startswith("fit time: ")
    assert {one["quantity"] for one in content["standings"]} == {"fit", "accuracy", "macro_f1"}


def test_the_standings_of_two_thousand_cells_take_no_more_than_seconds() -> None:
    names = [f"m{number}" for number in range(200)]
    outline = replace(OUTLINE, rows=tuple(Row(name, "sklearn") for name in names))
    answers = _answers(0.8, 0, folds=10, size=200)
    template = _row("a", answers)
    records = [
        replace(one, cell=replace(one.cell, model=name), predictions_sha256=name) for name in names for one in template
    ]
    began = time.process_time()
    list(standings(outline, records))
    assert time.process_time() - began < 4.0


# Intervals


BOUNDS = st.sampled_from([(0.0, 1.0), (0.0, None), (None, 1.0), (-1.0, 1.0), (None, None)])


@given(st.floats(0.0, 1.0), st.floats(0.0, 10.0), st.integers(1, 1000), BOUNDS, st.integers(1, 1000))
def test_no_interval_leaves_the_bounds_of_its_metric_or_its_value(
    mean: float, error: float, freedom: int, bounds: tuple[float | None, float | None], examples: int
) -> None:
    low, high = interval(mean, error, freedom, bounds, examples)
    assert low <= mean <= high
    assert bounds[0] is None or low >= bounds[0]
    assert bounds[1] is None or high <= bounds[1]


@given(st.floats(0.01, 0.99), st.floats(0.001, 1.0), st.integers(1, 100), BOUNDS)
def test_what_is_known_less_well_has_a_wider_interval(
    mean: float, error: float, freedom: int, bounds: tuple[float | None, float | None]
) -> None:
    ends = [interval(mean, error * factor, freedom, bounds) for factor in (1.0, 1.5)]
    for (low, high), (wide_low, wide_high) in pairwise(ends):
        assert wide_low <= low + 1e-12
        assert wide_high >= high - 1e-12


def test_all_right_is_wilsons_interval_and_no_certainty() -> None:
    right = [np.ones(50, dtype=bool)]
    found = estimate(_row("a", right), ScoreOutline.of(METRICS["accuracy"]))
    assert found.value == found.high == 1.0
    assert found.low == pytest.approx(50 / (50 + 2.0096**2), rel=1e-3)


def test_equal_values_in_few_folds_are_no_certainty() -> None:
    folds = [replace(one, examples={}, scores={"rmse": 0.0}) for one in _row("a", _answers(0.5, 0, size=30))]
    found = estimate(folds, ScoreOutline("rmse", "", "lower", (0.0, None)))
    assert (found.low, found.high, found.span) == (None, None, (0.0, 0.0))


def test_fewer_than_three_folds_show_their_range_and_no_interval() -> None:
    """A recall of 0.5417 ± 4.5850 cannot be explained to anybody."""
    folds = [replace(one, examples={}) for one in _row("a", _answers(0.5, 0, folds=2, size=10))]
    folds = [replace(one, scores={"macro_f1": value}) for one, value in zip(folds, (0.25, 0.8333), strict=True)]
    found = estimate(folds, ScoreOutline.of(METRICS["macro_f1"]))
    assert (found.low, found.high) == (None, None)
    assert found.span == (0.25, 0.8333)
    assert "too few for an interval" in found.grounds


def test_the_interval_of_folds_follows_the_true_shares_of_a_split() -> None:
    """Twice the training examples a test example: the folds overlap less, and tell more."""
    folds = [replace(one, examples={}) for one in _row("a", _answers(0.5, 0, folds=5))]
    narrow, wide = (
        estimate([replace(one, train_examples=size) for one in folds], ScoreOutline.of(METRICS["macro_f1"]))
        for size in (3_000, 300)
    )
    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low


def test_results_of_groups_widen_the_interval() -> None:
    right = [np.repeat(own, 10) for own in _answers(0.7, 0, size=30)]
    alone = estimate(_row("a", right), ScoreOutline.of(METRICS["accuracy"]))
    owners = [pack(np.repeat(np.arange(30 * fold, 30 * (fold + 1)), 10)) for fold in range(3)]
    rows = [replace(one, groups=own) for one, own in zip(_row("a", right), owners, strict=True)]
    grouped = estimate(rows, ScoreOutline.of(METRICS["accuracy"]))
    assert alone.low is not None
    assert grouped.low is not None
    assert grouped.low < alone.low
    assert grouped.grounds == "over 900 examples in 90 groups"


@pytest.mark.parametrize("rounds", [1, 3, 10])
def test_the_interval_of_a_ratio_over_folds_covers_it(rounds: int) -> None:
    source, runs, folds = np.random.default_rng(rounds), 400, 5
    missed = 0
    for _ in range(runs):
        size = np.exp(source.normal(0, 0.3, (folds, 1)))
        a, b = (factor * size * np.exp(0.1 * source.standard_normal((folds, rounds))) for factor in (1.0, 1.1))
        found = of_strata(list(zip(a.tolist(), b.tolist(), strict=True)))
        low, high = (found and found.interval()) or (0.0, 0.0)
        missed += not low <= 1.1 <= high
    assert missed <= runs * 0.05 + 3 * (runs * 0.05 * 0.95) ** 0.5


# Direction and bounds


def test_a_direction_is_read_in_one_place_and_an_unknown_one_is_refused() -> None:
    assert (sign("higher"), sign("lower")) == (1, -1)
    with pytest.raises(SwapError, match="'hihger'"):
        sign("hihger")


@pytest.mark.parametrize("bounds", [(1.0, 0.0), (0.0,), "01", (0.0, "1"), (True, None), 1.0])
def test_bounds_that_are_none_are_refused(bounds: Any) -> None:
    with pytest.raises(SwapError, match="metric m: bounds="):
        Metric("m", "json:dumps", bounds=bounds)


def test_outlines_carry_bounds_and_those_of_before_have_none() -> None:
    assert Outline.from_json(OUTLINE.to_json()) == OUTLINE
    old = OUTLINE.as_dict()
    for score in old["scores"]:
        del score["bounds"]
    assert [score.bounds for score in Outline.from_dict(old).scores] == [(None, None)] * 2


def _loaded(records: Sequence[Record]) -> list[Record]:
    return [replace(one, samples=tuple({**each, "contaminated": True} for each in one.samples)) for one in records]


def test_a_fold_that_other_load_took_part_in_makes_no_row_slower() -> None:
    b, slow = _row("b", _answers(0.9, 0)), _row("b", _answers(0.9, 0), 2.0)
    a = _row("a", _answers(0.9, 0))
    assert _standing([*a, slow[0], *b[1:]], "fit").winner == "a-sklearn"
    found = _standing([*a, *_loaded(slow[:1]), *b[1:]], "fit")
    assert (found.winner, set(found.leaders)) == (None, {"a-sklearn", "b-sklearn"})


def _folds(name: str, *seconds: float, loaded: Sequence[int] = (), first: int = 0) -> list[Record]:
    """Return a row with so many seconds in each fold, from the first that it has on, some of them under other load."""
    rows = [one for at, wall_s in enumerate(seconds) for one in _row(name, _answers(0.9, 0), wall_s)[at : at + 1]]
    rows = [one for at, own in enumerate(rows) for one in (_loaded([own]) if at in loaded else [own])]
    return [replace(one, cell=replace(one.cell, fold=first + at)) for at, one in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "winner", "leaders"),
    [
        pytest.param(
            [_folds("a", 1, 10, 10, loaded=(1, 2)), _folds("b", 100, 100, 100), _folds("c", 1.03, 1)],
            None,
            {"a-sklearn", "c-sklearn"},
            id="nobody wins over what was quicker than the most that it can be",
        ),
        pytest.param(
            [_folds("a", 1, 1, 1, loaded=(1, 2)), _folds("b", 3, 3, 3), _folds("c", 100, 100, first=1)],
            "a-sklearn",
            set(),
            id="a row that lacks a fold is behind the most that the others can be",
        ),
        pytest.param(
            [_folds("a", 1, 1, 1, loaded=(1, 2)), _folds("b", 3, 3, 3), _folds("c", 100, 100, 100, loaded=(0,))],
            "a-sklearn",
            set(),
            id="so is one that is loaded elsewhere",
        ),
        pytest.param(
            [_folds("a", 1, 1, 1), _folds("b", 3, 3, 3), _folds("c", 3, 0.6, 0.6, loaded=(1, 2))],
            None,
            {"a-sklearn", "c-sklearn"},
            id="the quiet fold does not speak for the others",
        ),
        pytest.param(
            [_folds("a", 1e-6, 1e-6, 1e-6), _folds("b", 1e-3, 1e-3, 1e-3), _folds("c", 3e-6, 3e-6)],
            None,
            {"a-sklearn", "c-sklearn"},
            id="what differs by less than counts does not win",
        ),
    ],
)
def test_a_row_is_compared_at_its_least_with_the_best_at_its_most(
    rows: Sequence[list[Record]], winner: str | None, leaders: set[str]
) -> None:
    found = _standing([one for row in rows for one in row], "fit")
    assert (found.winner, set(found.leaders)) == (winner, leaders)


@pytest.mark.parametrize(
    ("changes", "winner"),
    [
        ({"cpu_s": 0.43, "waited": 0.005}, None),  # its child waited, which nobody sees
        ({"cpu_s": 2.79, "waited": 1.8}, "b-sklearn"),  # its threads waited together
        ({"cpu_s": 2.79, "slowdown": 0.5}, "b-sklearn"),
        ({"cpu_s": 2.79, "slowdown": 1.5}, None),
    ],
)
def test_the_least_that_a_loaded_time_can_be_is_half_of_what_its_cores_had_to_do(
    changes: dict[str, float], winner: str | None
) -> None:
    loaded = [
        replace(one, samples=tuple({**each, "contaminated": True, **changes} for each in one.samples))
        for one in _row("a", _answers(0.9, 0), 2.79)
    ]
    assert (
        _standing(loaded + _row("b", _answers(0.9, 0), 1.2) + _row("c", _answers(0.9, 0), 2.0), "fit").winner == winner
    )


def test_the_best_row_has_the_best_figure_that_is_shown() -> None:
    """Also of sizes so small that they do not count one by one."""
    sizes = {"a": (0.0625, 0.0625, 10), "b": (0.6, 0.6, 0.6), "c": (50, 50, 50)}
    rows = [
        replace(one, samples=(sample(1.0, peak_memory_bytes=int(peak * 2**20)),) * 3)
        for name, peaks in sizes.items()
        for one, peak in zip(_row(name, _answers(0.9, 0)), peaks, strict=True)
    ]
    found = next(one for one in standings(OUTLINE, rows) if one.kind == "memory")
    assert (found.best, found.winner, found.tied) == ("a-sklearn", None, ("b-sklearn",))


def test_a_row_that_was_planned_and_never_ran_is_named() -> None:
    rows = _row("a", _answers(0.9, 0)) + _row("b", _answers(0.5, 1))
    planned = [one.cell for one in rows + _row("c", _answers(0.5, 2))]
    for found in standings(OUTLINE, rows, planned):
        assert ("c-sklearn", "0 of 3 folds") in found.unranked
        assert "c-sklearn (0 of 3 folds)" in found.sentence()


def test_a_run_that_was_interrupted_counts_the_folds_that_were_planned() -> None:
    done = _row("a", _answers(0.9, 0))[:1]
    planned = [one.cell for name in "ab" for one in _row(name, _answers(0.9, 0))]
    assert all(found.unranked == (("b-sklearn", "0 of 3 folds"),) for found in standings(OUTLINE, done, planned))


def test_nothing_at_all_in_one_fold_makes_no_row_the_smallest() -> None:
    sizes = {"a": [0, *[100] * 9], "b": [20] * 10, "c": [90] * 10}
    rows = [
        replace(one, samples=(sample(1.0, peak_memory_bytes=peak << 20),) * 3)
        for name, peaks in sizes.items()
        for one, peak in zip(_row(name, _answers(0.9, 0, folds=10)), peaks, strict=True)
    ]
    found = next(one for one in standings(OUTLINE, rows) if one.kind == "memory")
    assert found.winner == "b-sklearn"
    assert found.estimates["a-sklearn"].value > 20 << 20


def test_no_ratio_is_told_to_a_reference_that_other_load_took_part_in() -> None:
    reference, b = _row("a", _answers(0.9, 0)), _row("b", _answers(0.9, 0), 2.0)
    assert _standing(reference + b, "fit").ratios.keys() == {"a-sklearn", "b-sklearn"}
    assert not _standing(_loaded(reference) + b, "fit").ratios


def test_a_row_that_lacks_a_fold_and_looks_the_same_keeps_others_from_winning() -> None:
    rows = _row("a", _answers(0.9, 0)) + _row("b", _answers(0.5, 1)) + _row("c", _answers(0.9, 0))[:2]
    found = _standing(rows)
    assert (found.winner, found.ahead) == (None, ("c-sklearn",))


def test_a_memory_is_ranked_by_the_figure_that_is_shown() -> None:
    """One round that took ten times as much moves neither."""
    peaks = [sample(1.0, peak_memory_bytes=value) for value in (10 << 20, 10 << 20, 100 << 20)]
    a = [replace(one, samples=tuple(peaks)) for one in _row("a", _answers(0.9, 0))]
    b = [replace(one, samples=(sample(1.0, peak_memory_bytes=20 << 20),) * 3) for one in _row("b", _answers(0.9, 0))]
    found = next(one for one in standings(OUTLINE, a + b) if one.kind == "memory")
    assert found.best == "a-sklearn"
    assert found.estimates["a-sklearn"].value == pytest.approx(10 << 20)


def test_a_score_that_is_hardly_known_shows_its_range_and_no_infinite_interval() -> None:
    values = (1.0, 2.0, 1e9)
    rows = _row("a", _answers(0.9, 0))
    told = estimate(
        [replace(one, scores={"rmse": value}) for one, value in zip(rows, values, strict=True)],
        ScoreOutline("rmse", "", "lower", (0.0, None)),
    )
    assert (told.low, told.high, told.span) == (None, None, (1.0, 1e9))


def test_what_is_counted_of_models_is_no_sample() -> None:
    lines = Metric("lines", "fake:lines", better="lower", of="model")
    outline = Outline.of(
        Suite("mine", models={n: {"sklearn": "fake:Lin"} for n in ROWS}, dataset="f:l", metrics=[lines])
    )
    counts = {"a": 2.0, "b": 8.0, "c": 2.0}
    found = [record(model, fold=fold, scores={"lines": counts[model]}) for model in ROWS for fold in range(3)]
    standing = next(one for one in standings(outline, found) if one.quantity == "lines")
    assert (standing.leaders, standing.method) == (("a-sklearn", "c-sklearn"), "counted exactly, Holm over 3 rows")
    assert dict(standing.beaten).keys() == {"b-sklearn"}
    assert {(one.value, one.low, one.high) for one in standing.estimates.values()} == {
        (2.0, None, None),
        (8.0, None, None),
    }
    without = [one for one in found if one.cell.model != "c"]
    (alone,) = (one for one in standings(outline, without) if one.quantity == "lines")
    assert alone.winner == "a-sklearn"
