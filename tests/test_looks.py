"""Looks: when a row is looked at, what is seen then, and what each look may spend."""

from dataclasses import replace

from helpers import record, sample
from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.verdict import Kind, Verdict
from swapbench.paired.looks import Looks
from swapbench.plan.cell import Cell

ONE = record(samples=(sample(),) * 200)
CELL = ONE.cell
FOLDS = [replace(CELL, fold=fold) for fold in range(5)]


def verdict(cell: Cell, kind: Kind, needed: int | None = None, metric: str = "fit_time") -> Verdict:
    return Verdict(kind, cell, (cell.fold,), metric, "", needed=needed)


def test_a_row_comes_to_a_look_with_the_rounds_of_all_its_folds() -> None:
    assert [Looks([CELL]).rounds(CELL, look) for look in range(len(LOOKS))] == list(LOOKS)
    assert [Looks(FOLDS).rounds(FOLDS[3], look) for look in range(len(LOOKS))] == [4, 7, 13, 26]


def test_a_budget_that_ends_between_two_looks_takes_the_next_one() -> None:
    """The share of the error that the look before had is spent."""
    looks = Looks([CELL])
    looks.take({CELL: 16})
    assert looks.of(CELL) == 0
    looks.take({CELL: 21})
    assert looks.of(CELL) == 1
    assert len(looks.seen(CELL, ONE).samples) == 21


def test_a_row_that_has_nothing_new_is_not_looked_at_again() -> None:
    other = replace(CELL, model="other")
    looks = Looks([CELL, other])
    for rounds in (16, 32):
        looks.take({CELL: 16, other: rounds})
    assert (looks.of(CELL), looks.of(other)) == (0, 1)
    assert len(looks.seen(CELL, ONE).samples) == 16


def test_all_folds_of_a_row_are_at_one_look() -> None:
    looks = Looks(FOLDS[:2])
    looks.take({FOLDS[0]: 8, FOLDS[1]: 8})
    looks.take({FOLDS[0]: 9, FOLDS[1]: 8})
    assert looks.of(FOLDS[0]) == looks.of(FOLDS[1]) == 1


def test_what_was_never_looked_at_shows_nothing() -> None:
    assert Looks([CELL]).seen(CELL, ONE).samples == ()


def test_only_what_more_rounds_may_decide_is_measured_further() -> None:
    cells = [replace(CELL, model=name) for name in ("decided", "near", "far", "unknown", "score")]
    found = [
        verdict(cells[0], "equivalent"),
        verdict(cells[1], "inconclusive", needed=90),
        verdict(cells[2], "inconclusive", needed=3 * LOOKS[-1]),
        verdict(cells[3], "inconclusive"),
        replace(verdict(cells[4], "inconclusive", metric="accuracy"), effect_is="difference"),
    ]
    assert Looks(cells).worthwhile(found, cells) == [cells[1], cells[3]]


def test_a_cell_of_which_a_round_failed_is_asked_for_no_more() -> None:
    looks = Looks(FOLDS)
    looks.give_up(FOLDS[0])
    assert looks.rounds(FOLDS[0], 0) == 0
    assert looks.rounds(FOLDS[1], 0) == 4
