"""Content: all that the scripts of the page show, as plain values."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from swapbench.base import units
from swapbench.judge import scores, sizes
from swapbench.judge.gate import FINE, UNKNOWN, WORSE, Gate
from swapbench.judge.history import History
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import DIMENSIONS, Row
from swapbench.plan.outline import Outline
from swapbench.plan.tolerance import Tolerance
from swapbench.show.cells import Cells, given, short
from swapbench.show.comparison import Comparison, as_json
from swapbench.show.figures import cells_of, legend, names_of
from swapbench.show.summary import Summary
from swapbench.show.winners import sentence

Value = TypeVar("Value")

_GRAVE = {FINE: "fine", WORSE: "worse", UNKNOWN: "unknown"}


def content(summary: Summary) -> dict[str, Any]:
    """Return a summary as plain values of JSON: times in seconds, memory in bytes, cells by their places in `cells`."""
    cells = Cells()
    for record in summary.records:
        cells.add(record)
    for cell in summary.missing:
        cells.place(cell)
    # Before anything is told of the cells: those that only the baseline has get their places with their verdicts.
    verdicts = [_verdict(verdict, cells) for verdict in _by_gravity(summary.gate)]
    names = names_of(cell.row for cell in cells.places)
    for record in summary.baseline.records if summary.baseline else ():
        cells.add_baseline(record)
    return {
        "run": {"name": summary.run.name, "started": summary.run.started, "tally": summary.tally},
        "outcome": _outcome(summary),
        "fields": [name for name in DIMENSIONS if name in names or name not in Row._fields],
        "row": names,
        "suites": [_suite(outline, names) for outline in summary.run.outlines],
        "defaults": _defaults() if summary.gate else [],
        "comparisons": [_comparison(comparison) for comparison in summary.comparisons],
        "cells": cells.rows,
        "environments": list(map(json.loads, cells.environments)),
        "sources": list(map(json.loads, cells.sources)),
        "verdicts": verdicts,
        "agreements": [
            {"kind": agreement.kind, "fails": agreement.fails, "sentence": agreement.sentence()}
            for agreement in summary.agreements
        ],
        "notes": [*summary.troubles, *summary.notes],
        "history": _histories(summary.histories),
    }


def _outcome(summary: Summary) -> dict[str, Any]:
    if summary.gate is None:
        measured = any(record.status == "ok" for record in summary.records)
        status = WORSE if not summary.fine else FINE if measured else UNKNOWN
        return {"grave": _GRAVE[status], "heading": summary.outcome, "tally": summary.tally, "notes": []}
    gate = summary.gate
    return {
        "grave": _GRAVE[gate.status if summary.fine else WORSE],
        "heading": gate.outcome + ("" if summary.fine or gate.status == WORSE else "; not all ended well"),
        "tally": gate.tally,
        "baseline": gate.baseline,
        "notes": list(gate.notes),
    }


def _by_gravity(gate: Gate | None) -> Iterable[Verdict]:
    if gate is not None:
        for _, verdicts in gate.by_gravity:
            yield from verdicts
        yield from (verdict for verdict in gate.verdicts if verdict.kind == "equivalent")


def _verdict(verdict: Verdict, cells: Cells) -> dict[str, Any]:
    own = [replace(verdict.cell, fold=fold) for fold in verdict.folds] or [verdict.cell]
    return given(
        {
            "kind": verdict.kind,
            "fails": verdict.fails,
            "metric": verdict.metric,
            "subject": verdict.subject,
            "reason": verdict.reason,
            "cells": [cells.place(cell) for cell in own],
        }
    )


def _comparison(comparison: Comparison) -> dict[str, Any]:
    headings, texts = cells_of(comparison)
    return {
        **as_json(comparison),
        "title": comparison.title,
        "headings": headings,
        "labels": len(headings) - len(comparison.columns),
        "has_ratios": comparison.has_ratios,
        "texts": texts,
        "legend": " ".join(legend([comparison])),
        "sentence": sentence(comparison),
    }


def _suite(outline: Outline, names: Sequence[str]) -> dict[str, Any]:
    unit = {score.name: score.unit for score in outline.scores}
    return {
        "name": outline.name,
        "scores": [asdict(score) for score in outline.scores],
        "rules": [
            [
                rule.metric,
                *(getattr(rule, name) for name in names),
                _allowed(rule.tolerance, unit.get(rule.metric, _unit(rule.metric))),
            ]
            for rule in outline.rules
        ],
    }


def _defaults() -> list[list[str]]:
    """Return what is allowed where a suite declares nothing."""
    return [
        ["any time", _allowed(sizes.TIME, "s")],
        ["peak_memory", _allowed(sizes.MEMORY, "bytes")],
        ["any score", _allowed(scores.SCORE, "")],
    ]


def _unit(metric: str) -> str:
    return "bytes" if metric == "peak_memory" else "s" if metric.endswith("_time") else ""


def _allowed(tolerance: Tolerance, unit: str) -> str:
    parts = [] if tolerance.absolute is None else [_absolute(tolerance.absolute, unit)]
    parts += [] if tolerance.relative is None else [f"{tolerance.relative * 100:g}%"]
    return " or ".join(parts) + (", whichever is more" if len(parts) > 1 else "")


def _absolute(value: float, unit: str) -> str:
    return units.quantity(value, unit) if unit in ("s", "bytes") else f"{value:g} {unit}".rstrip()


def _histories(histories: Sequence[History]) -> dict[str, Any]:
    """Return each run, cell and metric once, and the lines of the cells' metrics over the runs."""
    cells = _numbered(history.cell for history in histories)
    metrics = _numbered((history.metric, history.unit, history.better) for history in histories)
    points = sorted((point for history in histories for point in history.points), key=lambda point: point.started)
    runs: dict[str, dict[str, str]] = {}
    for point in points:
        about = {"name": point.run, "started": point.started, "commit": point.commit, "title": point.title}
        runs.setdefault(point.run, about)
    places = _numbered(runs)
    return {
        "runs": list(runs.values()),
        "cells": [cell.as_dict() for cell in cells],
        "metrics": list(metrics),
        "lines": [
            {
                "cell": cells[history.cell],
                "metric": metrics[history.metric, history.unit, history.better],
                **_line(history, places),
            }
            for history in histories
        ],
    }


def _numbered(values: Iterable[Value]) -> dict[Value, int]:
    return {value: place for place, value in enumerate(dict.fromkeys(values))}


def _line(history: History, places: Mapping[str, int]) -> dict[str, Any]:
    """Return a line as columns: what each point takes is most of a page of many runs. Its `runs` are left out where it
    has a point in every one of them, `low` and `high` where no point has any."""
    points = history.points
    runs = [places[point.run] for point in points]
    return given(
        {
            "runs": [] if runs == list(range(len(places))) else runs,
            "values": [short(point.value) for point in points],
            "low": _column([point.low for point in points]),
            "high": _column([point.high for point in points]),
            "parted": {index: point.obstacle for index, point in enumerate(points) if point.obstacle},
            "changes": list(history.changes),
        }
    )


def _column(values: Sequence[float | None]) -> list[float | None]:
    return [] if not any(value is not None for value in values) else [short(value, 4) for value in values]
