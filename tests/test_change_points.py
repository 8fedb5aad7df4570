"""Changes in a history: found where they are, and by simulation of how often there is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference import at_most, rate_of
from swapbench.judge.changes import change_points


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
    assert rate_of(changes != [20] for changes in found) <= at_most(0.02, runs)


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
    assert rate_of(bool(changes) for changes in found) <= at_most(0.01, runs)
