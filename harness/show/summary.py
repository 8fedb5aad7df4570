"""The summary of a run: its tables, tolerance checks, and what did not go well; each report format renders this."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.judge.agreement import Agreement, agreements
from harness.plan.cell import Cell
from harness.plan.outline import Outline
from harness.record.record import Record
from harness.show.comparison import Comparison, comparisons


@dataclass(frozen=True)
class Summary:
    """Everything that is shown of one run.

    `missing` are planned cells without a record; `notes` are sentences about skipped, failed and retried cells, the
    skipped ones gathered by reason.
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
        return f"{len(self.records) + len(self.missing)} cells: {', '.join(parts)}"


def summarize(run: str, suites: Iterable[Outline], planned: Iterable[Cell], records: Sequence[Record]) -> Summary:
    """Return the summary of a run from its plan and its records alone."""
    tables: list[Comparison] = []
    checks: list[Agreement] = []
    for suite in suites:
        own = [record for record in records if record.cell.suite == suite.name]
        tables.extend(comparisons(suite, own))
        checks.extend(agreements(own, suite.tolerances))
    recorded = {record.cell for record in records}
    missing = tuple(cell for cell in planned if cell not in recorded)
    return Summary(run, tuple(records), tuple(tables), tuple(checks), missing, tuple(_notes(records)))


def _notes(records: Sequence[Record]) -> Iterable[str]:
    skipped = Counter((record.cell.suite, record.cell.backend, record.reason) for record in records if _skipped(record))
    for (suite, backend, reason), count in skipped.items():
        yield f"{suite}: {count} cells of {backend} skipped, {reason}."
    for record in records:
        if record.status not in ("ok", "skipped"):
            yield f"{record.sentence()}."
        for retry in record.retries:
            yield f"{record.cell}: {retry}."
        if record.contaminated:
            yield (
                f"{record.cell}: {record.contaminated} of {len(record.samples)} rounds stayed contaminated by other "
                "load; its times are marked so."
            )
        if record.deterministic is False:
            yield f"{record.cell}: its rounds predict differently under one seed; it is not deterministic."
        if any(not sample["memory_complete"] for sample in record.samples):
            yield f"{record.cell}: it started processes that could not be watched; they are not in its memory."


def _skipped(record: Record) -> bool:
    return record.status == "skipped"
