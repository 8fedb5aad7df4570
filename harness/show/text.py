"""Text: tables and sentences for a terminal."""

from collections.abc import Iterator, Sequence

from harness.judge.gate import Gate
from harness.judge.verdict import Verdict
from harness.plan import units
from harness.show.comparison import Comparison, cells_of
from harness.show.summary import Summary

_SHOWN = 5


def lines(summary: Summary) -> Iterator[str]:
    """Yield the whole summary line by line."""
    for comparison in summary.comparisons:
        yield ""
        yield from table(comparison)
    if summary.comparisons:
        yield ""
        yield "Times are medians over folds and rounds, scores means ± 95 % half-width over folds, * marks the best."
    if summary.agreements:
        yield ""
        yield from (agreement.sentence() for agreement in summary.agreements)
    if summary.notes:
        yield ""
        yield from summary.notes
    if summary.gate is not None:
        yield ""
        yield from gate_lines(summary.gate)
    yield ""
    yield f"run {summary.run.name}: {summary.tally}"


def gate_lines(gate: Gate) -> Iterator[str]:
    """Yield the verdicts line by line: all that fail, and the first of the other kinds."""
    yield f"Against {gate.baseline}: {gate.tally}."
    yield from gate.notes
    for _, verdicts in gate.told:
        shown = [verdict for number, verdict in enumerate(verdicts) if verdict.fails or number < _SHOWN]
        yield from (verdict.sentence() for verdict in shown)
        if len(shown) < len(verdicts):
            yield f"  and {len(verdicts) - len(shown):,} more {verdicts[0].kind}"


def verdict_table(verdicts: Sequence[Verdict]) -> Iterator[str]:
    """Yield the verdicts as aligned columns: what was judged, both figures, their ratio or difference, the verdict."""
    rows = [("cell", "metric", "baseline", "now", "change", "verdict"), *map(_verdict_row, verdicts)]
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    lines = [_aligned(row[:5], widths[:5]) + "  " + row[5] for row in rows]
    yield lines[0]
    yield "-" * max(map(len, lines))
    yield from lines[1:]


def _verdict_row(verdict: Verdict) -> tuple[str, str, str, str, str, str]:
    before, now = (
        "-" if value is None else units.quantity(value, verdict.unit) for value in (verdict.baseline, verdict.value)
    )
    change = "-"
    if verdict.effect is not None:
        change = f"{verdict.effect:.3f}x" if verdict.effect_is == "ratio" else f"{verdict.effect:+.4f}"
    kind = verdict.kind.upper() if verdict.fails else verdict.kind
    return verdict.subject, verdict.metric or "-", before, now, change, kind


def table(comparison: Comparison) -> Iterator[str]:
    """Yield a comparison as aligned columns; ratios are to its reference row."""
    headings, rows = cells_of(comparison)
    columns = [_padded(column) for column in zip(headings, *rows, strict=True)]
    widths = [max(map(len, column)) for column in columns]
    lines = [_aligned(line, widths) for line in zip(*columns, strict=True)]
    yield f"{comparison.title} (ratios to {comparison.reference})"
    yield lines[0]
    yield "-" * (sum(widths) + 2 * (len(widths) - 1))
    yield from lines[1:]


def _padded(column: tuple[str, ...]) -> list[str]:
    """Make room for a star behind every number of a column that has one, so that it stands outside of the digits."""
    starred = any(cell.endswith(" *") for cell in column)
    return [f"{cell}  " if starred and not cell.endswith(" *") else cell for cell in column]


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
    numbers = [cell.rjust(width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join([*names, *numbers]).rstrip()
