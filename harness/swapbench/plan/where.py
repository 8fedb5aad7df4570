"""Where: the cells of a suite that an exclusion or a mark is about."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from swapbench.base.error import SwapError
from swapbench.plan import declared
from swapbench.plan.cell import FIELDS, Cell, Row

DIMENSIONS = tuple(name for name in FIELDS if name != "suite")


@dataclass(frozen=True)
class Where:
    """The cells that have one of the given values in each dimension that is named, and why they are picked out."""

    values: tuple[tuple[str, tuple[str, ...]], ...]
    reason: str = ""

    def covers(self, cell: Cell) -> bool:
        return all(str(getattr(cell, dimension)) in wanted for dimension, wanted in self.values)

    def has(self, row: Row) -> bool:
        """Tell whether it is about cells of a row, in whatever else they are alike."""
        return all(own in dict(self.values).get(name, (own,)) for name, own in row._asdict().items())

    @classmethod
    def parse(cls, owner: str, given: Any, known: Mapping[str, Collection[str]], *, with_reason: bool) -> "Where":
        """Read {"model": "cnn", "dataset": ["mnist", "digits"], "reason": "..."}.

        `known` are the values of each dimension; of folds it depends on the run how many there are. Raises SwapError
        that names `owner`.
        """
        example = "{'model': 'knn', 'dataset': 'mnist'" + (", 'reason': 'takes an hour'}" if with_reason else "}")
        values = dict(declared.table(owner, "entry", given, example))
        reason = values.pop("reason", "") if with_reason else ""
        if with_reason and not declared.text(owner, "reason", reason):
            raise SwapError(f"{owner}: {given!r} gives no reason; write one, as in {example}.")
        if not values:
            raise SwapError(f"{owner}: {given!r} names no cells; write {example}.")
        return cls(tuple((name, _wanted(owner, name, value, known)) for name, value in values.items()), reason)


def _wanted(owner: str, dimension: str, value: Any, known: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    declared.one_of(owner, "dimension", dimension, DIMENSIONS)
    values = value if isinstance(value, list | tuple) else [value]
    if dimension == "fold":
        return tuple(str(declared.whole(owner, "fold", one, 0)) for one in values)
    return tuple(declared.one_of(owner, dimension, one, known[dimension]) for one in values)
