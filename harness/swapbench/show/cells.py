"""Cells: what the page is given of each cell, measured or not, in the rows of its matrix."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swapbench.plan.cell import Cell
from swapbench.record.record import Record


@dataclass
class Cells:
    """The rows of the page's matrix and where each cell is in it; environments and sources are kept once each."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    places: dict[Cell, int] = field(default_factory=dict)
    environments: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Enter what a record says of its cell."""
        self._enter(record.cell, self._measured(record))

    def add_baseline(self, record: Record) -> None:
        """Enter what the baseline's record of a cell has measured, beside what is there of that cell, if anything."""
        if record.status == "ok" and record.cell in self.places:
            row = self.rows[self.places[record.cell]]
            row["baseline"] = {**_samples(record), **given({"scores": _scores(record)})}

    def place(self, cell: Cell) -> int:
        """Return the place of a cell, entered now, as one that was not run, unless it has one."""
        return self._enter(cell, {"status": "not run"})

    def _enter(self, cell: Cell, more: Mapping[str, Any]) -> int:
        if cell not in self.places:
            self.places[cell] = len(self.rows)
            self.rows.append({**cell.as_dict(), "name": str(cell), **more})
        return self.places[cell]

    def _measured(self, record: Record) -> dict[str, Any]:
        return given(
            {
                "status": record.status,
                "reason": record.reason,
                **_samples(record),
                "time": short(record.wall_s) if _timed(record) else None,
                "memory": record.peak_memory_bytes,
                "scores": _scores(record),
                "parameters": record.parameters,
                "flops": record.flops_per_example,
                "train": record.train_examples,
                "test": record.test_examples,
                "deterministic": record.deterministic,
                "discarded": len(record.discarded),
                "output": record.output if record.status != "ok" else "",
                "started": record.started,
                "key": record.key,
                "environment": _once(self.environments, record.environment),
                "source": _once(self.sources, record.source),
            }
        )


def _scores(record: Record) -> dict[str, float | None]:
    return {name: short(value) for name, value in record.scores.items()}


def _samples(record: Record) -> dict[str, Any]:
    """Return what each round took: `times`, the `best` call where there were several, `peaks` of memory, and the
    numbers of those that were `contaminated`."""
    repeated = any(len(sample["walls"]) > 1 for sample in record.samples)
    return given(
        {
            "times": [short(wall) for wall in record.walls] if _timed(record) else [],
            "best": [short(wall) for wall in record.best_walls] if _timed(record) and repeated else [],
            "peaks": record.peaks,
            "contaminated": [number for number, sample in enumerate(record.samples) if sample["contaminated"]],
        }
    )


def _timed(record: Record) -> bool:
    """Times measured without a slot of their own are no times to show."""
    return record.environment.get("slot") != "none"


def _once(known: dict[str, int], values: Mapping[str, Any]) -> int | None:
    return known.setdefault(json.dumps(values, sort_keys=True), len(known)) if values else None


def given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what there is nothing of; a page of thousands of cells is long enough."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def short(value: float | None, digits: int = 6) -> float | None:
    """Round to so many significant digits, for the same reason."""
    return None if value is None else float(f"{value:.{digits}g}")
