"""Comparisons: one table a suite and dataset, a row for each model and backend."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import median
from typing import Any, Literal

from harness.judge.agreement import last_scored
from harness.judge.statistics import over_folds
from harness.plan import units
from harness.plan.cell import Cell
from harness.plan.outline import Outline
from harness.record.record import Record

Kind = Literal["time", "memory", "count", "score"]


@dataclass(frozen=True)
class Column:
    """A measured quantity: `better` is the direction in which it improves, None where neither is better."""

    name: str
    kind: Kind
    unit: str
    better: Literal["higher", "lower"] | None

    @property
    def heading(self) -> str:
        return f"{self.name} time" if self.kind == "time" else self.name


@dataclass(frozen=True)
class Value:
    """A quantity of one row: over folds its `half_width` where it is a mean, its `ratio` to the reference row.

    `loaded` says that other load took part in most of the rounds behind a time.
    """

    value: float
    half_width: float | None = None
    ratio: float | None = None
    best: bool = False
    loaded: bool = False


@dataclass(frozen=True)
class Row:
    """A model run by a backend; `done` of its `planned` cells ended well."""

    model: str
    backend: str
    done: int
    planned: int
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.model}-{self.backend}"


@dataclass(frozen=True)
class Comparison:
    """One table: what was compared on which data and how, its columns and rows."""

    suite: str
    dataset: str
    profile: str
    folds: int
    reference: str
    conditions: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        return f"{self.suite} on {self.dataset}, {self.profile}, {units.counted(self.folds, 'fold')}, {self.conditions}"


def comparisons(suite: Outline, records: Sequence[Record], planned: Sequence[Cell]) -> Iterator[Comparison]:
    """Yield the tables of a suite: one for each dataset that has records."""
    for dataset in suite.datasets:
        own = [record for record in records if record.cell.dataset == dataset]
        if own:
            yield _comparison(suite, dataset, own, [cell for cell in planned if cell.dataset == dataset])


def _comparison(suite: Outline, dataset: str, records: list[Record], planned: list[Cell]) -> Comparison:
    columns = _columns(suite, records)
    rows = []
    for model, backend in suite.rows:
        own = [record for record in records if (record.cell.model, record.cell.backend) == (model, backend)]
        done = [record for record in own if record.status == "ok"]
        count = sum((cell.model, cell.backend) == (model, backend) for cell in planned)
        if count:
            rows.append(Row(model, backend, len(done), count, _values(done)))
    reference = next((row for row in rows if row.name == suite.reference), None)
    return Comparison(
        suite=suite.name,
        dataset=dataset,
        profile=records[0].cell.profile,
        folds=len({cell.fold for cell in planned}),
        reference=suite.reference,
        conditions=_conditions(records),
        columns=columns,
        rows=tuple(_judged(row, rows, reference, columns) for row in rows),
    )


def _columns(suite: Outline, records: list[Record]) -> tuple[Column, ...]:
    timed = {record.cell.phase for record in records if _timed(record)}
    sized = {record.cell.phase for record in records if record.peak_memory_bytes is not None}
    times = [Column(phase, "time", "s", "lower") for phase in suite.phases if phase in timed]
    sizes = [Column(memory_of(phase), "memory", "bytes", "lower") for phase in suite.phases if phase in sized]
    counts = [Column("parameters", "count", "", None)] if any(r.parameters is not None for r in records) else []
    scores = [Column(metric.name, "score", metric.unit, metric.better) for metric in suite.scores]
    return (*times, *sizes, *counts, *scores)


def memory_of(phase: str) -> str:
    """Name the peak memory of a phase, among the values of a row."""
    return f"{phase} memory"


def _timed(record: Record) -> bool:
    """Times measured without a slot of their own are no times to compare."""
    return bool(record.samples) and record.environment.get("slot") != "none"


def _values(done: list[Record]) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for phase in {record.cell.phase for record in done}:
        own = [record for record in done if record.cell.phase == phase]
        timed = [record for record in own if _timed(record)]
        if timed:
            walls = [wall for record in timed for wall in record.walls]
            loaded = 2 * sum(record.contaminated for record in timed) > len(walls)
            values[phase] = Value(median(walls), loaded=loaded)
        peaks = [record.peak_memory_bytes for record in own if record.peak_memory_bytes is not None]
        if peaks:
            values[memory_of(phase)] = Value(max(peaks))
    counts = [record.parameters for record in done if record.parameters is not None]
    if counts:
        values["parameters"] = Value(max(counts))
    scored = last_scored(done)
    for metric in dict.fromkeys(name for record in scored for name in record.scores):
        estimate = over_folds([record.scores[metric] for record in scored if metric in record.scores])
        values[metric] = Value(estimate.mean, estimate.half_width)
    return values


def _judged(row: Row, rows: list[Row], reference: Row | None, columns: tuple[Column, ...]) -> Row:
    values = {}
    for column in columns:
        own = row.values.get(column.name)
        if own is None:
            continue
        base = reference.values.get(column.name) if reference else None
        compared = column.kind in ("time", "memory") and base is not None and base.value > 0
        values[column.name] = replace(
            own,
            ratio=own.value / base.value if compared and base is not None else None,
            best=column.better is not None and own.value == _best(column, rows),
        )
    return Row(row.model, row.backend, row.done, row.planned, values)


def _best(column: Column, rows: list[Row]) -> float | None:
    """Return the best value of a column; None where fewer than two rows have one."""
    pick: Callable[..., float] = max if column.better == "higher" else min
    values = [row.values[column.name].value for row in rows if column.name in row.values]
    return pick(values) if len(values) > 1 else None


def _conditions(records: list[Record]) -> str:
    environments = [record.environment for record in records if "threads" in record.environment]
    if not environments:
        return "nothing measured"
    threads, slots = (sorted({str(e[name]) for e in environments}) for name in ("threads", "slot"))
    used = units.counted(int(threads[0]), "thread") if len(threads) == 1 else f"{'/'.join(threads)} threads"
    return f"{used}, slot {'/'.join(slots)}"


def as_json(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values: times in seconds, memory in bytes."""
    return {
        "suite": comparison.suite,
        "dataset": comparison.dataset,
        "profile": comparison.profile,
        "folds": comparison.folds,
        "reference": comparison.reference,
        "conditions": comparison.conditions,
        "rows": [
            {
                "model": row.model,
                "backend": row.backend,
                "cells_done": row.done,
                "cells_planned": row.planned,
                "values": {name: asdict(value) for name, value in row.values.items()},
            }
            for row in comparison.rows
        ],
    }
