"""Seeds: which cells a comparison trains again, under which seeds, and what it says of that."""

from dataclasses import replace
from typing import Any

from helpers import record
from swapbench.paired.seeds import Seeds
from swapbench.plan.cell import Cell
from swapbench.record.record import Record


def side(name: str, **changes: Any) -> dict[Cell, Record]:
    values: dict[str, Any] = {
        "scores": {"accuracy": 0.9},
        "seeded": True,
        "environment": {"seed": 7, "folds": 3},
        **changes,
    }
    records = [record(fold=fold, predictions_sha256=f"{name}{fold}", **values) for fold in range(3)]
    return {one.cell: one for one in records}


def wanted(seeds: Seeds, before: dict[Cell, Record], after: dict[Cell, Record]) -> list[tuple[int, int]]:
    return [(cell.fold, seed) for cell, seed in seeds.wanted(before, after)]


def test_each_fold_has_seeds_of_its_own_and_all_come_to_a_second_before_any_to_a_third() -> None:
    found = wanted(Seeds(3), side("a"), side("b"))
    assert [fold for fold, _ in found] == [0, 1, 2, 0, 1, 2]
    assert len({seed for _, seed in found} | {7}) == 7


def test_what_predicts_the_same_or_draws_nothing_is_not_trained_again() -> None:
    assert wanted(Seeds(5), side("a"), side("a")) == []
    assert wanted(Seeds(5), side("a", seeded=False), side("b", seeded=False)) == []
    assert wanted(Seeds(1), side("a"), side("b")) == []


def test_one_fold_that_predicts_otherwise_has_all_folds_of_its_row_trained_again() -> None:
    before, after = side("a"), side("a")
    first = next(iter(after))
    after[first] = replace(after[first], predictions_sha256="other")
    assert [fold for fold, _ in wanted(Seeds(2), before, after)] == [0, 1, 2]


def test_it_says_what_was_trained_what_failed_and_that_the_budget_was_spent() -> None:
    seeds, well = Seeds(2), record()
    seeds.take("HEAD", 10, well)
    seeds.take("the working tree", 10, replace(well, status="invalid", reason="it diverged"))
    trained, failed = seeds.notes()
    assert trained.startswith("Trained 2 times more, under up to 2 seeds a fold")
    assert failed == f"Not counted: {well.cell} of the working tree invalid under seed 10: it diverged."
    assert list(Seeds(2, spent=True).notes()) == [
        "Scores of models that draw at random rest on one seed a side because the budget was spent."
    ]
