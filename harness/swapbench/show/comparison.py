"""Comparisons: one table a suite and dataset, a line for each row of it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from swapbench.base import units
from swapbench.base.grouping import grouped
from swapbench.judge import machines
from swapbench.judge.ranking import standings
from swapbench.judge.rounds import middle
from swapbench.judge.standing import Standing
from swapbench.plan.cell import Cell, Row
from swapbench.plan.outline import Outline
from swapbench.record.record import Record
from swapbench.show.value import Column, Kind, Value


@dataclass(frozen=True)
class Line:
    """The values of a row; `done` of its `planned` cells ended well."""

    row: Row
    done: int
    planned: int
    values: dict[str, Value] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.row.name


@dataclass(frozen=True)
class Comparison:
    """One table: what was compared on which data and how, its columns and rows, and how the rows stand in each column:
    who is best, and whether that is shown."""

    suite: str
    dataset: str
    profile: str
    folds: int
    reference: str
    conditions: str
    columns: tuple[Column, ...]
    rows: tuple[Line, ...]
    standings: tuple[Standing, ...] = ()

    @property
    def title(self) -> str:
        return f"{self.suite} on {self.dataset}, {self.profile}, {units.counted(self.folds, 'fold')}, {self.conditions}"

    @property
    def has_ratios(self) -> bool:
        """Whether any figure stands beside the reference's."""
        return any(value.ratio is not None for row in self.rows for value in row.values.values())


def comparisons(suite: Outline, records: Sequence[Record], planned: Sequence[Cell]) -> Iterator[Comparison]:
    """Yield the tables of a suite: one for each dataset that has records."""
    own = grouped(records, lambda record: record.cell.dataset)
    cells = grouped(planned, lambda cell: cell.dataset)
    for dataset in suite.datasets:
        if dataset in own:
            yield _comparison(suite, dataset, own[dataset], cells.get(dataset, []))


def _comparison(suite: Outline, dataset: str, records: list[Record], planned: list[Cell]) -> Comparison:
    columns = _columns(suite, records)
    found = tuple(standings(suite, records, planned))
    done = grouped((record for record in records if record.status == "ok"), lambda record: record.cell.row)
    counts = Counter(cell.row for cell in planned)
    wanted = [(row, done.get(row, [])) for row in suite.rows if counts[row]]
    lines = [Line(row, len(own), counts[row], _values(own)) for row, own in wanted]
    reference = next((line for line in lines if line.name == suite.reference), None)
    return Comparison(
        suite=suite.name,
        dataset=dataset,
        profile=records[0].cell.profile,
        folds=len({cell.fold for cell in planned}),
        reference=suite.reference,
        conditions=_conditions(records),
        columns=columns,
        rows=tuple(_judged(line, reference, columns, found) for line in lines),
        standings=found,
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
    for phase, own in grouped(done, lambda record: record.cell.phase).items():
        timed = [record for record in own if _timed(record)]
        if timed:
            values[phase] = Value(
                middle([record.walls for record in timed], "time"), loaded=any(record.loaded for record in timed)
            )
        peaks = [record.peaks for record in own if record.peaks]
        if peaks:
            values[memory_of(phase)] = Value(middle(peaks, "memory"))
    counts = [record.parameters for record in done if record.parameters is not None]
    if counts:
        values["parameters"] = Value(max(counts))
    return values


def _judged(line: Line, reference: Line | None, columns: tuple[Column, ...], found: Sequence[Standing]) -> Line:
    by_column: dict[tuple[Kind, str], Standing] = {(one.kind, one.quantity): one for one in found}
    values: dict[str, Value] = {}
    for column in columns:
        own, standing = line.values.get(column.name), by_column.get(_of(column))
        if standing is not None and line.name in standing.estimates:
            values[column.name] = replace(_stood(line.name, standing), loaded=own is not None and own.loaded)
        elif own is not None:
            base = reference.values.get(column.name) if reference else None
            compared = column.kind in ("time", "memory") and base is not None and base.value > 0
            values[column.name] = replace(own, ratio=own.value / base.value if compared and base else None)
    return replace(line, values=values)


def _of(column: Column) -> tuple[Kind, str]:
    """Return the kind and the quantity of the standing that a column shows."""
    return column.kind, column.name.removesuffix(memory_of("")) if column.kind == "memory" else column.name


def _stood(row: str, standing: Standing) -> Value:
    """Return the value of a row as its standing has it."""
    estimate, ratio = standing.estimates[row], standing.ratios.get(row)
    least, most = estimate.span or (None, None)
    ends = (ratio and ratio.interval()) or (None, None)
    return Value(
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        least=least,
        most=most,
        ratio=ratio.effect if ratio else None,
        ratio_low=ends[0],
        ratio_high=ends[1],
        best=row == standing.winner,
        tied=row in standing.leaders,
    )


def _conditions(records: list[Record]) -> str:
    environments = [record.environment for record in records if {"threads", "slot"} <= record.environment.keys()]
    if not environments:
        return "nothing measured"
    threads, slots = (sorted({str(e[name]) for e in environments}) for name in ("threads", "slot"))
    engines = sorted({e.get("engine", "local") for e in environments})  # before it was told, only others had a name
    used = units.counted(int(threads[0]), "thread") if len(threads) == 1 else f"{'/'.join(threads)} threads"
    own = "" if engines == ["local"] else f", engine {'/'.join(engines)}"
    count = len({machines.kind(record) for record in records if record.samples})
    places = f", {units.counted(count, 'machine')}" if count > 1 else ""
    return f"{used}, slot {'/'.join(slots)}{own}{places}"


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
                **line.row._asdict(),
                "cells_done": line.done,
                "cells_planned": line.planned,
                "values": {
                    name: {**asdict(value), "half_width": value.half_width} for name, value in line.values.items()
                },
            }
            for line in comparison.rows
        ],
        "standings": list(map(_standing, comparison.standings)),
    }


def _standing(standing: Standing) -> Mapping[str, Any]:
    return {
        "quantity": standing.quantity,
        "kind": standing.kind,
        "best": None if standing.best in dict(standing.unranked) else standing.best,
        "winner": standing.winner,
        "tied": list(standing.tied),
        "beaten": [{"row": row, "p": p} for row, p in standing.beaten],
        "unranked": [{"row": row, "why": why} for row, why in standing.unranked],
        "ahead": list(standing.ahead),
        "method": standing.method,
        "sentence": standing.sentence(),
    }
