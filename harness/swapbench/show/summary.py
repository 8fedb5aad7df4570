"""The summary of a run: its tables, tolerance checks, and what did not go well; each report format renders this."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swapbench.base.grouping import grouped
from swapbench.base.units import counted
from swapbench.judge.agreement import Agreement, agreements, unchecked
from swapbench.judge.gate import Gate
from swapbench.judge.history import History
from swapbench.plan.cell import Cell
from swapbench.plan.outline import Outline
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show.comparison import Comparison, comparisons

_NAMED = 3
_LEAST = 0.01  # shares below this are not worth a word


@dataclass(frozen=True)
class Summary:
    """Everything that is shown of one run; `gate` where it was judged against a `baseline`.

    `missing` are planned cells without a record. `troubles` are sentences about cells that did not end well or did not
    run, `notes` about those that were skipped, measured again or are marked; cells that share a reason share one.
    """

    run: Run
    comparisons: tuple[Comparison, ...]
    agreements: tuple[Agreement, ...]
    missing: tuple[Cell, ...]
    troubles: tuple[str, ...]
    notes: tuple[str, ...]
    gate: Gate | None = None
    baseline: Run | None = None
    histories: tuple[History, ...] = ()

    @property
    def records(self) -> tuple[Record, ...]:
        return self.run.records

    @property
    def fine(self) -> bool:
        """Whether every planned cell ended well or was skipped with a reason, and no backends are shown to differ."""
        ended = all(record.status in ("ok", "skipped") for record in self.records)
        return ended and not self.missing and not any(agreement.fails for agreement in self.agreements)

    @property
    def outcome(self) -> str:
        """Say in a few words how the planned cells ended."""
        planned = counted(len(self.records) + len(self.missing), "cell")
        measured = sum(record.status == "ok" for record in self.records)
        if not self.fine:
            return "not all ended well"
        if measured == len(self.records):
            return "the cell was measured" if measured == 1 else f"all {planned} were measured"
        left = len(self.records) - measured
        return (
            f"{measured:,} of {planned} measured, {left:,} skipped"
            if measured
            else f"nothing measured, {planned} skipped"
        )

    @property
    def tally(self) -> str:
        """Say how many cells were planned and how they ended."""
        counts = Counter(record.status for record in self.records)
        parts = [f"{count} {status}" for status, count in counts.items()]
        if self.missing:
            parts.append(f"{len(self.missing)} not run")
        apart = sum(agreement.fails for agreement in self.agreements)
        if apart:
            parts.append(f"but {counted(apart, 'agreement')} broken")
        return f"{counted(len(self.records) + len(self.missing), 'cell')}: {', '.join(parts)}"


def summarize(
    run: Run, gate: Gate | None = None, baseline: Run | None = None, histories: Sequence[History] = ()
) -> Summary:
    """Return the summary of a run from its plan, its records, the verdicts on it with what they compare it with, and
    the runs before it alone."""
    tables: list[Comparison] = []
    checks: list[Agreement] = []
    records = grouped(run.records, lambda record: record.cell.suite)
    planned = grouped(run.planned.values(), lambda cell: cell.suite)
    for suite in run.outlines:
        own = records.get(suite.name, [])
        tables.extend(comparisons(suite, own, planned.get(suite.name, [])))
        checks.extend(agreements(own, suite))
    troubles, notes = tuple(_troubles(run)), tuple(_notes(run))
    return Summary(run, tuple(tables), tuple(checks), run.missing, troubles, notes, gate, baseline, tuple(histories))


def _troubles(run: Run) -> Iterator[str]:
    """Tell how cells ended that did not end well, once where many have one reason, and which did not run."""
    ends: dict[tuple[str, str, str], list[Record]] = {}
    for record in run.records:
        if record.status not in ("ok", "skipped"):
            ends.setdefault((record.cell.suite, record.status, record.reason), []).append(record)
    for (_, status, reason), records in ends.items():
        if len(records) <= _NAMED:
            yield from (f"{record.sentence()}." for record in records)
        else:
            why = f", {reason}" if reason else ""
            yield f"{_named([record.cell for record in records])}: {counted(len(records), 'cell')} {status}{why}."
    if run.missing:
        yield f"{counted(len(run.missing), 'planned cell')} did not run: {_named(run.missing)}."


def _notes(run: Run) -> Iterator[str]:
    records = run.records
    own = grouped(records, lambda record: record.cell.suite)
    for outline in run.outlines:
        yield from _unchecked(own.get(outline.name, []), outline)
    skipped = Counter((r.cell.suite, r.cell.backend, r.reason) for r in records if r.status == "skipped")
    for (suite, backend, reason), count in skipped.items():
        yield f"{suite}: {counted(count, 'cell')} of {backend} skipped, {reason}."
    yield from _load(records)
    yield from _shrunk(records)
    yield from _lost(records)
    unsteady = [record.cell for record in records if record.deterministic is False]
    if unsteady:
        yield f"Not deterministic, their rounds predict differently under one seed: {_named(unsteady)}."
    yield from _undefined(records)
    stopped = {r.cell: s["stopped"] for r in records for s in r.samples if s.get("stopped")}
    if stopped:
        yield (
            "Timed on fewer models a round than asked for, because a further one failed "
            f"({next(iter(stopped.values()))}): {_named([*stopped])}."
        )
    partly = [r.cell for r in records if any(not sample.get("memory_complete", True) for sample in r.samples)]
    if partly:
        yield f"They started processes that could not be watched, which their memory leaves out: {_named(partly)}."


def _shrunk(records: Sequence[Record]) -> Iterator[str]:
    """Tell of cells that ran out of memory and were measured with a smaller batch, which is another experiment."""
    found: dict[str, list[Cell]] = {}
    for record in records:
        shrunk = [attempt["options"] for attempt in record.attempts if attempt["options"]]
        if shrunk:
            declared = shrunk[0].get("batch_size")
            now = record.environment.get("batch_size")
            told = f"batch size {now} and not" if record.status == "ok" else "down from batch size"
            found.setdefault(f"{told} {declared}", []).append(record.cell)
    for told, cells in found.items():
        yield f"Tried again with smaller batches because memory ran out, {told}: {_named(cells)}."


def _lost(records: Sequence[Record]) -> Iterator[str]:
    """Tell of cells that were measured once more because what measured them was lost."""
    found: dict[str, list[Cell]] = {}
    for record in records:
        for why in dict.fromkeys(one["reason"] for one in record.attempts if not one["options"]):
            found.setdefault(why, []).append(record.cell)
    for why, cells in found.items():
        yield f"Begun once more because {why}: {_counted(cells)}."


def _unchecked(records: Sequence[Record], outline: Outline) -> Iterator[str]:
    """Tell of variants that nothing compares, though they must predict the same."""
    models = unchecked(records, outline)
    if models:
        named = ", ".join(models[:_NAMED]) + (f" and {len(models) - _NAMED} more" if len(models) > _NAMED else "")
        yield (
            f"{outline.name}: nothing here checks whether the variants of {named} predict the same; that takes a "
            f"tolerance for a score in the suite, such as tolerances={{{outline.scores[0].name!r}: 0.01}}."
        )


def _undefined(records: Sequence[Record]) -> Iterator[str]:
    """Tell of scores and counts that are not known, by their reason."""
    found: dict[tuple[str, str], list[Cell]] = {}
    for record in records:
        for name, why in record.undefined.items():
            found.setdefault((name, why), []).append(record.cell)
    for (name, why), cells in found.items():
        yield f"Undefined and left out, {name} ({why}): {_named(cells)}."


def _load(records: Sequence[Record]) -> Iterator[str]:
    """Tell of rounds that other load took part in; each record has the details."""
    again = [record for record in records if record.discarded]
    if again:
        samples = [sample for record in again for sample in record.discarded]
        yield (
            f"Measured again because other load took part{_at_most(samples)}: {counted(len(samples), 'round')} in "
            f"{_counted([record.cell for record in again])}."
        )
    marked = [record for record in records if record.contaminated]
    if marked:
        count = sum(record.contaminated for record in marked)
        yield (
            f"Marked as contaminated because other load took part: {counted(count, 'round')} in "
            f"{_counted([record.cell for record in marked])}."
        )


def _at_most(samples: Sequence[Mapping[str, Any]]) -> str:
    """Say how much of what other load can do was seen, leaving out what was not."""
    cpus, waited = (max(sample[what] for sample in samples) for what in ("foreign_cpus", "waited"))
    slowdown = max(sample.get("slowdown", 1.0) for sample in samples)
    seen = [
        *([f"it had up to {cpus:.2f} of their cores"] if cpus >= _LEAST else []),
        *([f"they waited for a core for up to {waited:.0%} of their time"] if waited >= _LEAST else []),
        *([f"their core took up to {slowdown:.2f} times as long as at its best"] if slowdown >= 1 + _LEAST else []),
    ]
    return f" ({', '.join(seen)})" if seen else ""


def _counted(cells: Sequence[Cell]) -> str:
    """Count some cells, and name the first."""
    return f"{counted(len(cells), 'cell')}: {_named(cells)}"


def _named(cells: Sequence[Cell]) -> str:
    """Name the first of some cells, and count the rest."""
    first = "; ".join(map(str, cells[:_NAMED]))
    return first if len(cells) <= _NAMED else f"{first}; and {counted(len(cells) - _NAMED, 'cell')} more"
