"""Page: the whole summary as one HTML file that needs a browser and nothing else, neither server nor network."""

import base64
import gzip
import hashlib
import importlib
import importlib.util
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.resources import files
from string import Template
from typing import Any

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.judge import scores, sizes
from swapbench.judge.gate import FINE, UNKNOWN, WORSE, Gate
from swapbench.judge.history import History, Point
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import DIMENSIONS, Cell, Row
from swapbench.plan.outline import Outline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show.comparison import Comparison, as_json
from swapbench.show.figures import cells_of, legend, names_of
from swapbench.show.summary import Summary
from swapbench.show.winners import sentence

_SCRIPTS = ("base", "charts", "comparison", "scores", "cells", "history", "page")
_GRAVE = {FINE: "fine", WORSE: "worse", UNKNOWN: "unknown"}


def check() -> None:
    """Raise SwapError when pages cannot be made, for want of the library that draws their charts."""
    if importlib.util.find_spec("plotly") is None:
        raise SwapError("A report in HTML needs plotly: pip install 'swapbench[report]'.")


def page(summary: Summary) -> str:
    """Return a summary as a page; where it has a baseline, its samples stand beside those of the run.

    Nothing in it can load or send anything: its policy allows the two scripts that are written here, by their digests.
    Raises SwapError when plotly is not installed.
    """
    check()
    script, library = _script(), importlib.import_module("plotly.offline").get_plotlyjs()
    return Template(_asset("page.html")).substitute(
        policy=_policy(script, library),
        style=_asset("page.css"),
        data=_text(_content(summary, summary.baseline)),
        library=base64.b64encode(gzip.compress(library.encode(), mtime=0)).decode(),
        script=script,
    )


def _script() -> str:
    """Return all scripts as one, whose names are its own: plotly's and the browser's stay as they are."""
    return "\n".join(['(() => {\n"use strict";', *(_asset(f"{name}.js") for name in _SCRIPTS), "})();\n"])


def _asset(name: str) -> str:
    return (files("swapbench.show") / "assets" / name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    # Plotly styles what it draws inline.
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def _text(content: Mapping[str, Any]) -> str:
    """Return JSON that no name in it can end: without '<' there is no markup."""
    return json.dumps(content, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _content(summary: Summary, baseline: Run | None) -> dict[str, Any]:
    cells = _Cells()
    for record in summary.records:
        cells.add(record.cell, _measured(record, cells))
    for cell in summary.missing:
        cells.add(cell, {"status": "not run"})
    verdicts = [_verdict(verdict, cells) for verdict in _by_gravity(summary.gate)]
    names = names_of(cell.row for cell in cells.places)
    for record in baseline.records if baseline else ():
        if record.status == "ok" and record.cell in cells.places:
            cells.rows[cells.places[record.cell]]["baseline"] = {
                **_samples(record),
                **_given({"scores": _scores(record)}),
            }
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


@dataclass
class _Cells:
    """The rows of the page's matrix and where each cell is in it; environments and sources are kept once each."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    places: dict[Cell, int] = field(default_factory=dict)
    environments: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)

    def add(self, cell: Cell, more: Mapping[str, Any]) -> int:
        """Return the place of a cell, given to it now unless it has one."""
        if cell not in self.places:
            self.places[cell] = len(self.rows)
            self.rows.append({**cell.as_dict(), "name": str(cell), **more})
        return self.places[cell]


def _measured(record: Record, cells: _Cells) -> dict[str, Any]:
    return _given(
        {
            "status": record.status,
            "reason": record.reason,
            **_samples(record),
            "time": _short(record.wall_s) if _timed(record) else None,
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
            "environment": _once(cells.environments, record.environment),
            "source": _once(cells.sources, record.source),
        }
    )


def _scores(record: Record) -> dict[str, float | None]:
    return {name: _short(value) for name, value in record.scores.items()}


def _samples(record: Record) -> dict[str, Any]:
    """Return what each round took: `times`, the `best` call where there were several, peak `memories`."""
    repeated = any(len(sample["walls"]) > 1 for sample in record.samples)
    return _given(
        {
            "times": [_short(wall) for wall in record.walls] if _timed(record) else [],
            "best": [_short(wall) for wall in record.best_walls] if _timed(record) and repeated else [],
            "peaks": record.peaks,
            "contaminated": [number for number, sample in enumerate(record.samples) if sample["contaminated"]],
        }
    )


def _timed(record: Record) -> bool:
    """Times measured without a slot of their own are no times to show."""
    return record.environment.get("slot") != "none"


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what there is nothing of; a page of thousands of cells is long enough."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _once(known: dict[str, int], values: Mapping[str, Any]) -> int | None:
    return known.setdefault(json.dumps(values, sort_keys=True), len(known)) if values else None


def _short(value: float | None, digits: int = 6) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")


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
        for _, verdicts in gate.told:
            yield from verdicts
        yield from (verdict for verdict in gate.verdicts if verdict.kind == "equivalent")


def _verdict(verdict: Verdict, cells: _Cells) -> dict[str, Any]:
    own = [replace(verdict.cell, fold=fold) for fold in verdict.folds] or [verdict.cell]
    return _given(
        {
            "kind": verdict.kind,
            "fails": verdict.fails,
            "metric": verdict.metric,
            "subject": verdict.subject,
            "reason": verdict.reason,
            "cells": [cells.add(cell, {"status": "not run"}) for cell in own],
        }
    )


def _comparison(comparison: Comparison) -> dict[str, Any]:
    headings, texts = cells_of(comparison)
    return {
        **as_json(comparison),
        "title": comparison.title,
        "headings": headings,
        "labels": len(headings) - len(comparison.columns),
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
    """Return each run and each cell once, and the lines of the cells' metrics over the runs."""
    cells = {cell: place for place, cell in enumerate(dict.fromkeys(history.cell for history in histories))}
    points = sorted((point for history in histories for point in history.points), key=lambda point: point.started)
    runs: dict[str, dict[str, str]] = {}
    for point in points:
        about = {"name": point.run, "started": point.started, "commit": point.commit, "title": point.title}
        runs.setdefault(point.run, about)
    places = {name: place for place, name in enumerate(runs)}
    return {
        "runs": list(runs.values()),
        "cells": [cell.as_dict() for cell in cells],
        "lines": [_line(history, cells[history.cell], places) for history in histories],
    }


def _line(history: History, cell: int, places: Mapping[str, int]) -> dict[str, Any]:
    return {
        "cell": cell,
        "metric": history.metric,
        "unit": history.unit,
        "better": history.better,
        "points": [_point(point, places[point.run]) for point in history.points],
        "parted": {index: point.obstacle for index, point in enumerate(history.points) if point.obstacle},
        "changes": history.changes,
    }


def _point(point: Point, run: int) -> list[float | None]:
    spread = [] if point.low is None else [_short(point.low, 4), _short(point.high, 4)]
    return [run, _short(point.value), *spread]
