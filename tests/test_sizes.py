"""Times and memory measured in step: how often the evidence errs, and how often its interval holds the truth."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from helpers import record, sample
from swapbench import Suite
from swapbench.judge import sizes
from swapbench.judge.evidence import Evidence
from swapbench.judge.multiplicity import LOOKS, SHARES
from swapbench.plan.outline import Outline
from swapbench.record.record import Record

OUTLINE = Outline.of(
    Suite("mine", models={"lin": {"sklearn": "fake:Lin"}}, dataset="fake:load", metrics=["accuracy"], folds=1)
)
RUNS = 250
LIMIT = 1.02  # what is allowed where nothing is declared


def sides(draw: random.Random, rounds: int, factor: float, outliers: float) -> tuple[Record, Record]:
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
            side.append(sample(walls=walls, together=str(number), server=str(number)))
    return record(samples=tuple(before)), record(samples=tuple(after))


def share(holds: Callable[[Evidence], bool], rounds: int, factor: float, outliers: float = 0.05) -> float:
    """Return the share of simulated comparisons whose evidence on time is as told."""

    def evidence(seed: int) -> Evidence:
        draw = random.Random(seed)  # noqa: S311  # nothing is hidden by these numbers
        return next(sizes.evidence([sides(draw, rounds, factor, outliers)], OUTLINE))

    return sum(holds(evidence(seed)) for seed in range(RUNS)) / RUNS


@pytest.mark.parametrize("rounds", [5, 16, 32])
def test_at_the_limit_it_errs_at_most_as_often_as_it_says(rounds: int) -> None:
    at_most = 0.05 + 3 * (0.05 * 0.95 / RUNS) ** 0.5
    assert share(lambda found: found.worse <= 0.05, rounds, LIMIT) <= at_most
    assert share(lambda found: found.outside <= 0.05, rounds, LIMIT) <= at_most
    assert share(lambda found: found.better <= 0.05, rounds, 2 - LIMIT) <= at_most


@pytest.mark.parametrize(("rounds", "floor"), [(5, 0.91), (16, 0.94), (32, 0.94)])
def test_the_interval_holds_the_ratio(rounds: int, floor: float) -> None:
    def holds(found: Evidence) -> bool:
        return found.interval is not None and found.interval[0] <= 1.05 <= found.interval[1]

    assert floor <= share(holds, rounds, 1.05) <= 0.99


def test_fewer_than_five_servers_have_no_interval() -> None:
    assert share(lambda found: found.interval is None, 4, 1.0) == 1.0


def test_a_slowdown_of_five_percent_is_seen_among_three_hundred_comparisons_at_the_first_look() -> None:
    assert share(lambda found: found.worse <= 0.01 / 300 * SHARES[0], LOOKS[0], 1.06, outliers=0.0) >= 0.9


def test_same_code_is_shown_to_be_equivalent_at_the_first_look() -> None:
    assert share(lambda found: found.outside <= 0.05 * SHARES[0], LOOKS[0], 1.0, outliers=0.0) >= 0.8


def rounds(factors: Sequence[float], servers: int, **changes: object) -> tuple[Record, Record]:
    """Return two sides in step, one round a factor, from so many servers."""
    before, after = (
        tuple(
            sample(walls=[0.1 * factor] * 5, together=str(number), server=str(number % servers), **changes)
            for number, factor in enumerate(side)
        )
        for side in ([1.0] * len(factors), factors)
    )
    return record(samples=before), record(samples=after)


def time_evidence(*folds: tuple[Record, Record]) -> Evidence:
    return next(sizes.evidence(folds, OUTLINE))


def test_a_server_is_one_sample_however_many_rounds_come_from_it() -> None:
    """Over folds, too: the children of one server inherit where its code and data lie."""
    factors = [1.05 + number / 1000 for number in range(20)]
    assert time_evidence(rounds(factors, servers=20)).worse == 0.5**20
    assert time_evidence(rounds(factors, servers=4)).worse == 0.5**4
    folds = [rounds(factors[:10], 10), rounds(factors[10:], 10)]
    folds = [
        tuple(replace(side, cell=replace(side.cell, fold=fold)) for side in pair) for fold, pair in enumerate(folds)
    ]
    assert time_evidence(*folds).worse == 0.5**10


def test_swapping_the_sides_mirrors_the_evidence() -> None:
    """Times are compared as logarithms: b / a - 1 is skewed, and errs more often on one side than on the other."""
    draw = random.Random(3)  # noqa: S311  # nothing is hidden by these numbers
    pair = rounds([draw.lognormvariate(0.0, 0.5) for _ in range(20)], 20)
    there, back = time_evidence(pair), time_evidence(pair[::-1])
    assert there.effect is not None
    assert back.effect == pytest.approx(1 / there.effect)


@pytest.mark.parametrize(
    ("factors", "inside"),
    [
        ([1.0] * 32, True),
        ([1.3, 1.3, *[1.0] * 30], True),
        ([1.3] * 6 + [1.0] * 26, False),
        ([0.7] * 6 + [1.0] * 26, False),
        ([1.0] * 10, False),
    ],
    ids=["all alike", "one in sixteen slower", "a fifth slower", "a fifth faster", "too few to tell"],
)
def test_a_fifth_of_the_processes_must_be_shown_not_to_behave_otherwise(factors: list[float], inside: bool) -> None:
    assert (time_evidence(rounds(factors, len(factors))).outside <= 0.05) is inside


def test_slow_calls_count_though_the_median_does_not_see_them() -> None:
    """Two calls in five take three times as long."""
    before, after = rounds([1.0] * 32, 32)
    slow = tuple({**one, "walls": [0.1, 0.3, 0.1, 0.3, 0.1]} for one in after.samples)
    assert time_evidence((before, replace(after, samples=slow))).outside == 1.0


@pytest.mark.parametrize(("spread", "rounds_needed"), [(0.01, None), (0.06, (27, 60)), (0.2, (300, 420))])
def test_it_says_how_many_rounds_it_would_take(spread: float, rounds_needed: tuple[int, int] | None) -> None:
    factors = [1 + spread * gap for gap in (-1.5, -1.0, -0.8, -0.5, -0.3, -0.1, 0.0, 0.1, 0.3, 0.5, 0.8, 1.0, 1.5)]
    found = time_evidence(rounds([*factors, *factors], 26))
    verdict = found.verdict(found.worse, found.better, 1)
    if rounds_needed is None:
        assert (verdict.kind, verdict.needed) == ("equivalent", None)
        return
    assert verdict.needed is not None
    assert rounds_needed[0] <= verdict.needed <= rounds_needed[1]
    assert "; it would take some " in verdict.reason


def test_what_looks_better_is_a_suspect_as_what_looks_worse_is() -> None:
    """A run on a quicker day is no better code."""
    for factor, kind in ((0.8, "improved"), (1.25, "regressed")):
        found = time_evidence(rounds([factor] * 20, 20))
        verdict = found.verdict(found.worse, found.better, 1)
        assert (verdict.kind, verdict.suspect) == (kind, True)


def test_samples_that_are_mostly_of_other_load_are_no_evidence() -> None:
    before = record(samples=tuple(sample(walls=[1.0 + number / 1000]) for number in range(9)))
    after = record(samples=tuple(sample(walls=[1.5 + number / 1000], contaminated=number < 5) for number in range(9)))
    verdict = time_evidence((before, after)).verdict(1e-5, 1.0, 1)
    assert (verdict.kind, verdict.fails, verdict.suspect) == ("inconclusive", False, True)
    assert "5 of the 9 samples now were contaminated, which is no evidence" in verdict.reason


def test_one_fold_of_other_load_is_no_evidence_on_a_row() -> None:
    """Two other folds that are as they were do not outvote it."""
    quiet, slow, loaded = (
        [
            record(
                fold=fold, samples=tuple(sample(walls=[wall_s + n / 1000], contaminated=n < marked) for n in range(9))
            )
            for fold in range(3)
        ]
        for wall_s, marked in ((1.0, 0), (3.0, 0), (3.0, 5))
    )
    mixed = [loaded[0], *slow[1:]]
    for before, now, kind, told in (
        (quiet, mixed, "inconclusive", "5 of the 9 samples now of fold 0 were contaminated, which is no evidence"),
        (mixed, quiet, "inconclusive", "5 of the 9 samples before of fold 0 were contaminated, which is no evidence"),
        (quiet, slow, "regressed", ""),
        (slow, quiet, "improved", ""),
    ):
        found = time_evidence(*zip(before, now, strict=True))
        verdict = found.verdict(found.worse, found.better, 1)
        assert (verdict.kind, verdict.suspect) == (kind, True)
        assert told in verdict.reason


@pytest.mark.parametrize("folds", [1, 3])
def test_rounds_that_would_tell_are_more_than_there_are(folds: int) -> None:
    draw = random.Random(5)  # noqa: S311  # nothing is hidden by these numbers
    pairs = [
        tuple(
            record(fold=fold, samples=tuple(sample(walls=[level * (1 + 0.05 * draw.random())]) for _ in range(5)))
            for level in (1.0, 1.03)
        )
        for fold in range(folds)
    ]
    found = time_evidence(*cast(list[tuple[Record, Record]], pairs))
    verdict = found.verdict(found.worse, found.better, 100)
    assert verdict.kind == "inconclusive"
    assert verdict.needed is None or verdict.needed > 5


def test_what_can_only_look_too_slow_before_hides_no_slow_down() -> None:
    before = [record(samples=tuple(sample(walls=[1.0 + n / 1000], contaminated=n < 5) for n in range(9)))]
    after = [record(samples=tuple(sample(walls=[3.0 + n / 1000]) for n in range(9)))]
    found = time_evidence(*zip(before, after, strict=True))
    assert found.verdict(found.worse, found.better, 1).kind == "regressed"


def test_figures_and_effect_are_of_one_kind() -> None:
    """Over folds that differ a hundredfold, the ratio is that of the two figures."""
    draw = random.Random(1)  # noqa: S311  # nothing is hidden by these numbers
    folds = []
    for fold, level in enumerate((0.1, 10.0)):
        sides = [
            record(fold=fold, samples=tuple(sample(walls=[level * work * draw.uniform(1, 1.2)]) for _ in range(9)))
            for work in (1.0, 1.1 if fold else 2.0)
        ]
        folds.append((sides[0], sides[1]))
    found = time_evidence(*folds)
    assert found.effect == pytest.approx(found.value / found.baseline)
    assert found.interval is not None
    assert found.interval[0] <= found.effect <= found.interval[1]
