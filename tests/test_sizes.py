"""Times and memory measured in step: how often the evidence errs, and how often its interval holds the truth."""

import random
from collections.abc import Callable

import pytest
from helpers import record, sample

from harness import Suite
from harness.judge import sizes
from harness.judge.evidence import Evidence
from harness.plan.outline import Outline
from harness.record.record import Record

OUTLINE = Outline.of(
    Suite("mine", models={"lin": {"sklearn": "fake:Lin"}}, dataset="fake:load", metrics=["accuracy"], folds=1)
)
RUNS = 500
LIMIT = 1.02  # what is allowed where nothing is declared


def duel(draw: random.Random, rounds: int, factor: float, outliers: float) -> tuple[Record, Record]:
    """Return two sides of some rounds in step: each round and each call has a pace that both sides share, each process
    one of its own, and a share of the processes are outliers."""
    before: list[dict[str, object]] = []
    after: list[dict[str, object]] = []
    for number in range(rounds):
        pace = draw.uniform(1.0, 1.3)
        calls = [pace * draw.uniform(1.0, 1.2) for _ in range(15)]
        for side, work in ((before, 1.0), (after, factor)):
            own = work * draw.gauss(1.0, 0.008) * (1.08 if draw.random() < outliers else 1.0)
            walls = [own * call for call in calls]
            side.append(sample(walls=walls, heat=str(number), server=str(number // 5)))
    return record(samples=tuple(before)), record(samples=tuple(after))


def share(holds: Callable[[Evidence], bool], rounds: int, factor: float, outliers: float = 0.05) -> float:
    """Return the share of simulated duels whose evidence on time is as told."""

    def evidence(seed: int) -> Evidence:
        draw = random.Random(seed)  # noqa: S311  # nothing is hidden by these numbers
        return next(sizes.evidence([duel(draw, rounds, factor, outliers)], OUTLINE))

    return sum(holds(evidence(seed)) for seed in range(RUNS)) / RUNS


@pytest.mark.parametrize("rounds", [5, 10, 20, 40])
def test_at_the_limit_it_errs_at_most_as_often_as_it_says(rounds: int) -> None:
    at_most = 0.05 + 3 * (0.05 * 0.95 / RUNS) ** 0.5
    assert share(lambda found: found.worse <= 0.05, rounds, LIMIT) <= at_most
    assert share(lambda found: found.outside <= 0.05, rounds, LIMIT) <= at_most
    assert share(lambda found: found.better <= 0.05, rounds, 2 - LIMIT) <= at_most


@pytest.mark.parametrize(("rounds", "floor"), [(5, 0.91), (10, 0.94), (20, 0.94), (40, 0.94)])
def test_the_interval_holds_the_ratio(rounds: int, floor: float) -> None:
    def holds(found: Evidence) -> bool:
        return found.interval is not None and found.interval[0] <= 1.05 <= found.interval[1]

    assert floor <= share(holds, rounds, 1.05) <= 0.99


def test_a_slowdown_of_five_percent_is_seen_among_three_hundred_comparisons() -> None:
    assert share(lambda found: found.worse <= 0.01 / 300 * 0.2, 40, 1.05, outliers=0.0) >= 0.99


def test_same_code_is_shown_to_be_equivalent_after_ten_rounds() -> None:
    assert share(lambda found: found.outside <= 0.05 * 0.5, 10, 1.0, outliers=0.0) >= 0.8
