"""Looks: when a row is looked at, and what of its samples is seen then."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import Cell
from swapbench.record.record import Record

# A row that would need so many times the pairs of the last look is measured no further: that estimate is a rough one.
_OUT_OF_REACH = 2


class Looks:
    """The looks at the rows of some cells. A row is all folds of a phase, which run the same code: each round of a fold
    is one pair of the row's."""

    def __init__(self, cells: Iterable[Cell]) -> None:
        self._folds = Counter(map(row_of, cells))
        self._taken: Counter[Cell] = Counter()
        self._seen: dict[Cell, int] = {}
        self._failed: set[Cell] = set()

    def rounds(self, cell: Cell, look: int) -> int:
        """Return how many rounds a cell needs for its row to be looked at; 0 where it cannot have them."""
        return 0 if cell in self._failed else -(-LOOKS[look] // self._folds[row_of(cell)])

    def give_up(self, cell: Cell) -> None:
        """Ask for no more rounds of a cell of which one has failed."""
        self._failed.add(cell)

    def take(self, done: Mapping[Cell, int]) -> None:
        """Look at cells that have so many rounds: one look for each row of which anything is new."""
        new = {cell: rounds for cell, rounds in done.items() if rounds > self._seen.get(cell, 0)}
        self._seen.update(new)
        self._taken.update({row_of(cell) for cell in new})

    def of(self, cell: Cell) -> int:
        """Return which look, from 0 on, the row of a cell was last taken at."""
        return max(0, self._taken[row_of(cell)] - 1)

    def seen(self, cell: Cell, record: Record) -> Record:
        """Return a record of a cell as it was last looked at."""
        return replace(record, samples=record.samples[: self._seen.get(cell, 0)])

    def worthwhile(self, verdicts: Iterable[Verdict], cells: Sequence[Cell]) -> list[Cell]:
        """Return the cells that more rounds may decide."""
        open_ = {cell for verdict in verdicts if verdict.open and self._within_reach(verdict) for cell in verdict.cells}
        return [cell for cell in cells if cell in open_]

    @staticmethod
    def _within_reach(verdict: Verdict) -> bool:
        return verdict.needed is None or verdict.needed * len(verdict.folds) <= _OUT_OF_REACH * LOOKS[-1]


def row_of(cell: Cell) -> Cell:
    """Return what stands for the row of a cell: all its folds."""
    return replace(cell, fold=0)
