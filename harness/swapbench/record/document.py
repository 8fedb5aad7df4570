"""Documents: runs as JSON files, ours and those of pytest-benchmark."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from swapbench.base import content, written
from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell
from swapbench.plan.metric import METRICS
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.record import reading
from swapbench.record.record import VERSION as RECORD_VERSION
from swapbench.record.record import Record
from swapbench.record.run import Run

VERSION = 2


def read(path: Path) -> Run:
    """Return the run in a file: a report or baseline of ours, or what pytest-benchmark saved.

    Raises SwapError when the file is not there, empty, damaged, or something else.
    """
    try:
        text = content.text(path)
    except (OSError, UnicodeDecodeError) as error:
        raise SwapError(
            f"{path}: it cannot be read ({getattr(error, 'strerror', None) or 'it is not text'})."
        ) from error
    if not text.strip():
        raise SwapError(f"{path}: the file is empty; write it again with --swap-report or --benchmark-json.")
    try:
        values = content.values(text)
    except ValueError as error:
        raise SwapError(f"{path}: it is damaged or no JSON ({error}); write it again.") from error
    try:
        return from_values(values, str(path))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SwapError(
            f"{path}: it is neither a report of swapbench nor a file of pytest-benchmark "
            f"({type(error).__name__}: {error}); write it with --swap-report FILE.json or --benchmark-json FILE."
        ) from error


def text_of(run: Run, more: Mapping[str, Any]) -> str:
    """Return a run as the text of a document, with `more` beside it."""
    told = {"swapbench": VERSION, **run.as_dict(), **more}
    return json.dumps(told, separators=(",", ":"), allow_nan=False) + "\n"


def write(path: Path, run: Run, more: Mapping[str, Any]) -> None:
    """Write a run, with `more` beside it, so that the file is at each moment the old one or the new one, whole.

    Raises OSError when it cannot be written.
    """
    written.write(path, text_of(run, more))


def from_values(values: Any, name: str) -> Run:
    """Return the run in the JSON of a file; raises KeyError, TypeError, ValueError or AttributeError where none is."""
    if "swapbench" in values:
        _check_not_newer(values, name)
        if values["swapbench"] != VERSION:
            raise ValueError(f"a document of version {values['swapbench']!r}, not {VERSION}")
        return _measured(Run.from_dict(values, name))
    entries = [entry for entry in values["benchmarks"] if "companion_of" not in (entry.get("extra_info") or {})]
    commit, started = values.get("commit_info") or {}, values.get("datetime") or ""
    reading.text("datetime", started)
    source = (
        {"commit": commit["id"], "date": commit.get("time"), "dirty": commit.get("dirty")} if commit.get("id") else {}
    )
    machine = {"machine": _machine(values.get("machine_info") or {})}
    records = tuple(_placed(_record(entry), machine, source) for entry in entries)
    for entry, record in zip(entries, records, strict=True):
        reading.check(entry["fullname"], record.as_dict())
    twice = [name for name, count in Counter(entry["fullname"] for entry in entries).items() if count > 1]
    if twice:
        raise ValueError(f"two of its entries are of one test, {twice[0]}")
    planned = {entry["fullname"]: record.cell for entry, record in zip(entries, records, strict=True)}
    suites = dict.fromkeys(record.cell.suite for record in records)
    outlines = (_outline(suite, [record for record in records if record.cell.suite == suite]) for suite in suites)
    return Run(name, tuple(outlines), planned, records, started)


def _measured(run: Run) -> Run:
    """Return a run; raises ValueError for a cell that ended well without a round: its times would be compared with
    nothing. One that was asked for further trainings alone has these."""
    for record in run.records:
        if record.status == "ok" and not (record.samples or record.trainings):
            raise ValueError(f"{record.cell} ended well and has no samples")
    return run


def _record(entry: Mapping[str, Any]) -> Record:
    """Read one entry of pytest-benchmark: its rounds are calls in one process, so together they are one sample, unless
    the entry is of a suite."""
    info, stats = entry.get("extra_info") or {}, entry["stats"]
    # Files that were saved without --benchmark-save-data have what the calls come to: the middle half of them.
    kept = {} if stats.get("data") else {"quartiles_of": int(stats.get("rounds", 1))}
    calls = list(stats.get("data") or [stats[name] for name in ("q1", "median", "q3") if name in stats])
    calls = calls or [stats["min"]]
    if not all(isinstance(call, int | float) and 0 <= call < math.inf for call in calls):
        raise ValueError(f"{entry['fullname']} has a call that took no time from 0 s on")
    if "cell" not in info:
        file, _, _ = entry["fullname"].partition("::")
        sample = {**_sample(calls, None), **kept}
        return Record(Cell(file, entry["name"], "", "", 0, "call", ""), "", "ok", samples=(sample,))
    peak = info.get("peak_memory_bytes")
    samples = [_sample([call], peak) for call in calls] if stats.get("data") else [_sample(calls, peak)]
    return Record(
        Cell.from_dict(info["cell"]),
        info.get("key", ""),
        info["status"],
        samples=tuple(samples) if info["status"] == "ok" else (),
        scores=info.get("metrics") or {},
        undefined=info.get("undefined") or {},
        parameters=info.get("parameters"),
        flops_per_example=info.get("flops_per_example"),
        predictions_sha256=info.get("predictions_sha256"),
        seeded=info.get("seeded"),
        train_examples=info.get("train_examples"),
        test_examples=info.get("test_examples"),
        retested=info.get("retested"),
        environment=info.get("environment") or {},
        source=info.get("source") or {},
    )


def _sample(walls: Sequence[float], peak: int | None) -> dict[str, Any]:
    middle = sorted(walls)[len(walls) // 2]
    kept = {} if peak is None else {"peak_memory_bytes": peak}
    return {"wall_s": middle, "walls": list(walls), "contaminated": False, **kept}


def _placed(record: Record, machine: dict[str, Any], source: dict[str, Any]) -> Record:
    """Give a record without an environment of its own the file's."""
    return replace(record, environment=record.environment or machine, source=record.source or source)


def _machine(info: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what tells machines apart: pytest-benchmark also writes the clock rate of the moment."""
    kept = {key: info[key] for key in ("node", "machine", "processor", "system", "python_version") if key in info}
    return {**kept, "cpu": (info.get("cpu") or {}).get("brand_raw")}


def _check_not_newer(values: Mapping[str, Any], name: str) -> None:
    """Raise SwapError for a document, or a record in it, of a version that this swapbench does not know yet."""
    records = (("record", RECORD_VERSION, record.get("version")) for record in values.get("records", ()))
    for what, known, found in (("document", VERSION, values["swapbench"]), *records):
        if isinstance(found, int) and found > known:
            raise SwapError(
                f"{name}: a newer swapbench wrote it (a {what} of version {found}, and this one knows those up to "
                f"{known}); update swapbench, or write it again with this one."
            )


def _outline(suite: str, records: Sequence[Record]) -> Outline:
    names = dict.fromkeys(name for record in records for name in record.scores)
    cells = [record.cell for record in records]
    return Outline(
        name=suite,
        rows=tuple(dict.fromkeys(cell.row for cell in cells)),
        datasets=tuple(dict.fromkeys(cell.dataset for cell in cells)),
        phases=tuple(dict.fromkeys(cell.phase for cell in cells)),
        scores=tuple(ScoreOutline.of(METRICS[name]) for name in names if name in METRICS),
        rules=(),
        reference=cells[0].row.name,
    )
