"""Seeds: the further trainings of models that draw at random, whose scores one training a side does not tell apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from swapbench.base import units
from swapbench.judge.agreement import last_scored
from swapbench.judge.scores import draws
from swapbench.judge.trainings import predict_alike
from swapbench.paired.looks import row_of
from swapbench.plan.cell import Cell
from swapbench.record.record import Record

_TOLD = 3

Records = Mapping[Cell, Record]


@dataclass
class Seeds:
    """Trainings of both sides under up to `count` seeds, the run's own among them; `spent` says that time was too short
    for all."""

    count: int
    trained: int = 0
    spent: bool = False
    _failed: list[str] = field(default_factory=list)

    def wanted(self, before: Records, after: Records) -> Iterator[tuple[Cell, int]]:
        """Yield the cells to be trained again, each with a seed for the training.

        These are the cells that judge the scores of a row, where either side draws at random and the predictions of any
        fold differ; all of them come to a second seed before any comes to a third. Each fold has seeds of its own, so
        that trainings are independent of each other.
        """
        judged = [record.cell for record in last_scored(list(after.values())) if record.cell in before]
        rows = {row_of(cell) for cell in judged if _differs(before[cell], after[cell])}
        for number in range(1, self.count):
            for cell in judged:
                if row_of(cell) in rows:
                    known = after[cell].environment
                    yield cell, known["seed"] + number * known["folds"] + cell.fold

    def take(self, side: str, seed: int, trained: Record) -> None:
        """Count a training of one side, and keep what became of one that failed."""
        self.trained += 1
        if trained.status != "ok":
            self._failed.append(f"{trained.cell} of {side} {trained.status} under seed {seed}: {trained.reason}")

    def notes(self) -> Iterator[str]:
        """Say what was trained, and what did not end well and is in no score."""
        if self.trained:
            short = ", until the budget was spent" if self.spent else ""
            more = f"Trained {units.counted(self.trained, 'time')} more, under up to {self.count} seeds a fold{short}"
            yield f"{more}, for scores of models that draw at random."
        elif self.spent:
            yield "Scores of models that draw at random rest on one seed a side because the budget was spent."
        for told in self._failed[:_TOLD]:
            yield f"Not counted: {told}."
        if len(self._failed) > _TOLD:
            yield f"Not counted either: {units.counted(len(self._failed) - _TOLD, 'training')} that failed as well."


def _differs(before: Record, after: Record) -> bool:
    """Tell whether a score may differ, and by nothing but what was drawn."""
    return not predict_alike(before, after) and any(draws(record) and record.scores for record in (before, after))
