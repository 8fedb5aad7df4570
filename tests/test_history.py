"""Histories: each metric of a cell over the runs of a store, and where its level changed."""

from dataclasses import replace

import pytest

from helpers import record, sample
from shown_runs import FAILED, LIN, past, run_of
from swapbench.judge.history import History, histories
from swapbench.record.run import Run


def of_metric(runs: list[Run], metric: str) -> History:
    (found,) = (history for history in histories(runs) if history.metric == metric)
    return found


def test_runs_stay_in_the_order_in_which_they_are_given_whatever_their_clocks_said() -> None:
    first, second, third = past(1.0, 2.0, 3.0)
    points = of_metric([first, replace(second, started="2025-12-31"), third], "fit_time").points
    assert [(point.run, point.value) for point in points] == [
        ("run0", pytest.approx(1.1)),
        ("run1", pytest.approx(2.2)),
        ("run2", pytest.approx(3.3)),
    ]


def test_a_time_is_the_median_of_the_best_calls_between_its_extremes() -> None:
    samples = (sample(9.0, walls=[2.0, 9.0]), sample(9.0, walls=[9.0, 1.0]), sample(9.0, walls=[4.0, 9.0]))
    (point,) = of_metric([run_of(record(samples=samples))], "fit_time").points
    assert (point.low, point.value, point.high) == (1.0, 2.0, 4.0)


def test_memory_and_every_score_have_histories_of_their_own() -> None:
    found = {history.metric: history for history in histories([run_of(*LIN[:1])])}
    assert list(found) == ["fit_time", "peak_memory", "accuracy", "log_loss"]
    assert [(one.unit, one.better) for one in found.values()] == [
        ("s", "lower"),
        ("bytes", "lower"),
        ("", "higher"),
        ("nats", "lower"),
    ]
    assert found["peak_memory"].points[0].value == 6 * 2**20
    assert found["accuracy"].points[0].value == 0.90


def test_a_point_names_the_commit_it_was_measured_from() -> None:
    (point,) = of_metric([run_of(LIN[0])], "fit_time").points
    assert (point.commit, point.title) == ("c0ffee" * 7, "make it so")


def test_only_cells_that_ended_well_are_history() -> None:
    assert histories([run_of(FAILED)]) == ()


def test_times_without_a_slot_are_no_history() -> None:
    unslotted = run_of(record(environment={"slot": "none"}, scores={"accuracy": 1.0}))
    assert [history.metric for history in histories([unslotted])] == ["peak_memory", "accuracy"]


def test_a_level_that_changes_is_found() -> None:
    steady, slower = [1.0 + number / 1000 for number in range(10)], [2.0 + number / 1000 for number in range(10)]
    assert of_metric(past(*steady, *slower), "fit_time").changes == (10,)
    assert of_metric(past(*steady), "fit_time").changes == ()


def test_a_change_within_the_tolerance_is_not_told() -> None:
    steady, slower = [1.0 + number / 1000 for number in range(10)], [1.08 + number / 1000 for number in range(10)]
    assert of_metric(past(*steady, *slower), "fit_time").changes == ()  # 10 % are declared for it
    assert of_metric(past(*steady, *slower, model="mid"), "fit_time").changes == (10,)


def test_runs_under_other_conditions_are_another_line_with_a_reason() -> None:
    here = past(*[1.0] * 8, environment={"slot": "pinned", "machine": {"cpu": "slow"}})
    there = past(*[1.0] * 8, *[0.5] * 8, environment={"slot": "pinned", "machine": {"cpu": "fast"}})[8:]
    history = of_metric([*here, *there], "fit_time")
    assert history.segments == (range(8), range(8, 16))
    assert "slow" in history.points[8].obstacle
    assert not any(point.obstacle for point in (*history.points[:8], *history.points[9:]))
    assert history.changes == ()


def test_scores_do_not_depend_on_the_machine() -> None:
    runs = [
        run_of(replace(LIN[0], environment={"slot": "pinned", "machine": {"cpu": cpu}}), started=cpu)
        for cpu in ("a", "b")
    ]
    assert len(of_metric(runs, "fit_time").segments) == 2
    assert len(of_metric(runs, "accuracy").segments) == 1


def test_conditions_that_change_where_a_figure_is_missing_part_its_line_all_the_same() -> None:
    environments = [{"slot": "pinned"}, {"slot": "none"}, {"slot": "pinned", "threads": 2}]
    runs = [run_of(record(environment=one), started=f"{number}") for number, one in enumerate(environments)]
    assert [bool(point.obstacle) for point in of_metric(runs, "fit_time").points] == [False, True]
