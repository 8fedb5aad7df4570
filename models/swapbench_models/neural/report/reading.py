"""Reading a run from the file that the instrument writes with --swap-report."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from swapbench_models.neural.catalogue import VARIANTS
from swapbench_models.neural.error import DataError
from swapbench_models.neural.report.plain import Plain
from swapbench_models.neural.report.run import COMPILED, NATIVE, PHASES, SUITE, Cell, Estimate, Record, Row, Run, Sample

# The versions of a report, and of the records in it, that are known here.
VERSION = RECORD_VERSION = 2
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def read(path: Path) -> Run:
    """Return the run in a file; raises DataError for one that is no such report, of another version, or without the
    suite of this family."""
    values = Plain.read(path)
    if not isinstance(values.value, dict) or "swapbench" not in values.value:
        raise DataError(f"{path}: it is no report of swapbench; write one with --swap-report FILE.json.")
    version = values.value["swapbench"]
    if version != VERSION or isinstance(version, bool):
        raise DataError(
            f"{path}: it is a report of version {version!r:.20}, and {VERSION} is read here; write it again."
        )
    if all(outline["name"].text() != SUITE for outline in values["outlines"].each()):
        raise DataError(f"{path}: it has no suite {SUITE}; measure bench/test_neural.py with --swap-report FILE.json.")
    planned = {cell: None for entry in values["planned"].each() for cell in _cells(entry["cell"])}
    records = list(_records(values["records"]))
    if len({record.cell for record in records}) < len(records):
        raise DataError(f"{path}: it has several records of one cell; write it again.")
    return Run(
        name=" ".join(values["run"].text().split()),
        started=_moment(values["started"]),
        profile=_profile(values),
        commit=_commit(values["records"]),
        planned=frozenset([*planned, *(record.cell for record in records)]),
        records={record.cell: record for record in records},
        estimates=dict(_estimates(values["comparisons"])),
        agreements=dict(_agreements(values["agreements"])),
    )


def _cells(values: Plain) -> Iterator[Cell]:
    """Yield a cell where it is one of a network, native or compiled; other models and suites are passed over."""
    if values["suite"].text() != SUITE or values["model"].text() not in VARIANTS:
        return
    row, phase = _row(values), values["phase"].text()
    if row.variant in (NATIVE, COMPILED) and phase in PHASES:
        yield Cell(row, phase, values["fold"].whole())


def _row(values: Plain, dataset: Plain | None = None) -> Row:
    variant = values.get("variant")
    return Row(
        values["model"].text(),
        _name(values["backend"]),
        NATIVE if variant is None else variant.text(),
        _name(values["dataset"] if dataset is None else dataset),
    )


def _name(value: Plain) -> str:
    text = value.text()
    return text if _NAME.fullmatch(text) else value.refuse("a name of letters, digits, dots, dashes and underscores")


def _moment(value: Plain) -> datetime:
    try:
        return datetime.fromisoformat(value.text())
    except ValueError:
        value.refuse("a moment such as 2026-01-31T12:00:00+00:00")


def _profile(values: Plain) -> str:
    cells = [entry["cell"] for entry in values["planned"].each()]
    found = sorted({_name(cell["profile"]) for cell in cells if cell["suite"].text() == SUITE})
    if len(found) > 1:
        raise DataError(f"{values.name}: it holds the profiles {', '.join(found)}; make a report of one at a time.")
    return found[0] if found else ""


def _records(values: Plain) -> Iterator[Record]:
    for record in values.each():
        for cell in _cells(record["cell"]):
            version = record["version"].whole()
            if version != RECORD_VERSION:
                record["version"].refuse(f"{RECORD_VERSION}, which is the version that is read here")
            yield _record(cell, record)


def _record(cell: Cell, values: Plain) -> Record:
    reason, digest, parameters = (values.get(name) for name in ("reason", "predictions_sha256", "parameters"))
    environment = values["environment"]
    status = values["status"].text()
    samples = tuple(map(_sample, values["samples"].each()))
    if status == "ok" and not samples:
        values["samples"].refuse("the rounds of a cell that is ok")
    return Record(
        cell=cell,
        status=status,
        reason="" if reason is None else reason.text(),
        samples=samples if status == "ok" else (),
        scores=_scores(values, environment) if status == "ok" else {},
        predictions=None if digest is None else digest.text(),
        parameters=None if parameters is None else parameters.whole(),
        environment={name: value.value for name, value in environment.fields()},
    )


def _scores(values: Plain, environment: Plain) -> dict[int, dict[str, float]]:
    """Return the scores by seed: those of the run's own, and of further trainings where there are some."""
    trainings = values.get("trainings")
    further = [] if trainings is None else list(trainings.each())
    seeded = [
        (environment["seed"].whole(), values["scores"]),
        *((one["seed"].whole(), one["scores"]) for one in further),
    ]
    return {seed: {name: score.number() for name, score in scores.fields()} for seed, scores in seeded}


def _sample(values: Plain) -> Sample:
    peak, process, server = (values.get(name) for name in ("peak_memory_bytes", "absolute_peak_bytes", "server"))
    return Sample(
        wall_s=values["wall_s"].amount(),
        peak_bytes=None if peak is None else peak.whole(),
        process_bytes=None if process is None else process.whole(),
        contaminated=values["contaminated"].flag(),
        server=None if server is None else server.text(),
    )


def _commit(records: Plain) -> str:
    """Return the commit that was measured, with a word where files had changed; nothing where there are several."""
    known = [source for record in records.each() if (source := record.get("source")) is not None and source.value]
    commits = {commit.text() for source in known if (commit := source.get("commit")) is not None}
    if len(commits) != 1:
        return ""
    changed = any(dirty.flag() for source in known if (dirty := source.get("dirty")) is not None)
    return f"{commits.pop()[:12]}{' with changes' if changed else ''}"


def _estimates(values: Plain) -> Iterator[tuple[tuple[Row, str], Estimate]]:
    for table in values.each():
        if table["suite"].text() != SUITE:
            continue
        for line in table["rows"].each():
            for metric, value in line["values"].fields():
                ends = [value.get(end) for end in ("low", "high")]
                low, high = (None if end is None else end.number() for end in ends)
                interval = None if low is None or high is None else (low, high)
                yield (_row(line, table["dataset"]), metric), Estimate(value["value"].number(), interval)


def _agreements(values: Plain) -> Iterator[tuple[tuple[Row, str], tuple[float, float]]]:
    """Yield the intervals of what compiled networks score beyond native ones of their backend."""
    for one in values.each():
        sides = [side.text() for side in one["sides"].each()]
        interval = one["evidence"].get("interval")
        if one["suite"].text() != SUITE or interval is None or sides[1:] != [f"{sides[0]}-{COMPILED}"]:
            continue
        low, high = (
            [end.number() for end in interval.each()] if len(interval.value) == 2 else interval.refuse("two ends")
        )
        row = Row(one["model"].text(), sides[0], COMPILED, _name(one["dataset"]))
        yield (row, one["metric"].text()), (low, high)
