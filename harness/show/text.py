"""Text: tables and sentences for a terminal."""

from collections.abc import Iterator, Sequence

from harness.show.comparison import Comparison, cells_of
from harness.show.summary import Summary


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
    yield ""
    yield f"run {summary.run}: {summary.tally}"


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
