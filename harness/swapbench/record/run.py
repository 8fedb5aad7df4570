"""Runs: what one execution planned and measured, whichever way it was stored."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from swapbench.plan.cell import Cell
from swapbench.plan.outline import Outline
from swapbench.record import reading
from swapbench.record.record import Record


@dataclass(frozen=True)
class Run:
    """The suites of a run, its planned cells by the names of their tests, and its records, in planned order.

    `name` is what messages call it: its id in the journal, or the path of its file; `started` is ISO 8601 in UTC.
    """

    name: str
    outlines: tuple[Outline, ...]
    planned: Mapping[str, Cell]
    records: tuple[Record, ...]
    started: str = ""

    @property
    def missing(self) -> tuple[Cell, ...]:
        """The planned cells without a record."""
        recorded = {record.cell for record in self.records}
        return tuple(cell for cell in self.planned.values() if cell not in recorded)

    def outline(self, suite: str) -> Outline | None:
        return self._outlines.get(suite)

    @cached_property
    def _outlines(self) -> Mapping[str, Outline]:
        return {outline.name: outline for outline in reversed(self.outlines)}

    @property
    def source(self) -> Mapping[str, Any]:
        """The commit its records were measured from, `dirty` when any of them was measured from changed files; empty
        where none is known or they differ."""
        known = [record.source for record in self.records if record.source]
        if len({source.get("commit") for source in known}) != 1:
            return {}
        return {**known[-1], "dirty": any(source.get("dirty") for source in known)}

    def only(self, cells: Iterable[Cell]) -> "Run":
        """Return the part of this run that concerns some cells."""
        wanted = set(cells)
        return replace(
            self,
            planned={test: cell for test, cell in self.planned.items() if cell in wanted},
            records=tuple(record for record in self.records if record.cell in wanted),
        )

    def with_records(self, records: Iterable[Record]) -> "Run":
        """Return this run with some records in place of its own for the same cells."""
        newer = {record.cell: record for record in records}
        return replace(self, records=tuple(newer.get(record.cell, record) for record in self.records))

    def as_dict(self) -> dict[str, Any]:
        return {
            "run": self.name,
            "started": self.started,
            "outlines": [outline.as_dict() for outline in self.outlines],
            "planned": [{"test": test, "cell": cell.as_dict()} for test, cell in self.planned.items()],
            "records": [record.as_dict() for record in self.records],
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], name: str) -> "Run":
        """Read what as_dict gave; raises ValueError for anything else."""
        reading.run("", values)
        records = tuple(map(Record.from_dict, values["records"]))
        twice = [cell for cell, count in Counter(record.cell for record in records).items() if count > 1]
        if twice:
            raise ValueError(f"two of its records are of one cell, {twice[0]}")
        return cls(
            name=name,
            outlines=tuple(map(Outline.from_dict, values["outlines"])),
            planned={entry["test"]: Cell.from_dict(entry["cell"]) for entry in values["planned"]},
            records=records,
            started=values["started"],
        )
