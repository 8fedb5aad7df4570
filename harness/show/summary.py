"""The summary of a run: its tables, tolerance checks, and what did not go well; each report format renders this."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.judge.agreement import Agreement, agreements
from harness.plan.cell import Cell
from harness.plan.outline import Outline
from harness.record.record import Record
from harness.show.comparison import Comparison, comparisons
from harness.show.units import counted

_NAMED = 3


@dataclass(frozen=True)
class Summary:
    """Everything that is shown of one run.

    `missing` are planned cells without a record; `notes` are sentences about skipped, failed, retried and missing
    cells, gathered where they share a reason.
    """

    run: str
    records: tuple[Record, ...]
    comparisons: tuple[Comparison, ...]
    agreements: tuple[Agreement, ...]
    missing: tuple[Cell, ...]
    notes: tuple[str, ...]

    @property
    def fine(self) -> bool:
        """Whether every planned cell ended well or was skipped with a reason, and all tolerances hold."""
        ended = all(record.status in ("ok", "skipped") for record in self.records)
        return ended and not self.missing and all(agreement.holds for agreement in self.agreements)

    @property
    def tally(self) -> str:
        """Say how many cells were planned and how they ended."""
        counts = Counter(record.status for record in self.records)
        parts = [f"{count} {status}" for status, count in counts.items()]
        if self.missing:
            parts.append(f"{len(self.missing)} not run")
        return f"{counted(len(self.records) + len(self.missing), 'cell')}: {', '.join(parts)}"


def summarize(run: str, suites: Iterable[Outline], planned: Iterable[Cell], records: Sequence[Record]) -> Summary:
    """Return the summary of a run from its plan and its records alone."""
    tables: list[Comparison] = []
    checks: list[Agreement] = []
    cells = tuple(planned)
    for suite in suites:
        own = [record for record in records if record.cell.suite == suite.name]
        tables.extend(comparisons(suite, own, [cell for cell in cells if cell.suite == suite.name]))
        checks.extend(agreements(own, suite.tolerances))
    recorded = {record.cell for record in records}
    missing = tuple(cell for cell in cells if cell not in recorded)
    return Summary(run, tuple(records), tuple(tables), tuple(checks), missing, (*_notes(records), *_missing(missing)))


def _notes(records: Sequence[Record]) -> Iterator[str]:
    skipped = Counter((r.cell.suite, r.cell.backend, r.reason) for r in records if r.status == "skipped")
    for (suite, backend, reason), count in skipped.items():
        yield f"{suite}: {counted(count, 'cell')} of {backend} skipped, {reason}."
    yield from (f"{record.sentence()}." for record in records if record.status not in ("ok", "skipped"))
    yield from _load(records)
    unsteady = [record.cell for record in records if record.deterministic is False]
    if unsteady:
        yield f"Not deterministic, their rounds predict differently under one seed: {_named(unsteady)}."
    partly = [r.cell for r in records if any(not sample["memory_complete"] for sample in r.samples)]
    if partly:
        yield f"They started processes that could not be watched, which their memory leaves out: {_named(partly)}."


def _missing(missing: Sequence[Cell]) -> Iterator[str]:
    if missing:
        yield f"{counted(len(missing), 'planned cell')} did not run: {_named(missing)}."


def _load(records: Sequence[Record]) -> Iterator[str]:
    """Tell of rounds that other load took part in; each record has the details."""
    again = [record for record in records if record.discarded]
    if again:
        samples = [sample for record in again for sample in record.discarded]
        yield (
            f"Measured again: {counted(len(samples), 'round')}, for other load had up to "
            f"{max(sample['foreign_cpus'] for sample in samples):.0%} of their cores and kept them waiting for up to "
            f"{max(sample['waited'] for sample in samples):.0%} of their time: {_named([r.cell for r in again])}."
        )
    marked = [record for record in records if record.contaminated]
    if marked:
        count = sum(record.contaminated for record in marked)
        yield f"Marked as contaminated by other load: {counted(count, 'round')} of {_named([r.cell for r in marked])}."


def _named(cells: Sequence[Cell]) -> str:
    """Name the first of some cells, and count the rest."""
    first = "; ".join(map(str, cells[:_NAMED]))
    return first if len(cells) <= _NAMED else f"{first}; and {counted(len(cells) - _NAMED, 'cell')} more"
