"""Text: tables and sentences for a terminal."""

from collections.abc import Iterator

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
    widths = [max(len(row[i]) for row in [headings, *rows]) for i in range(len(headings))]
    yield f"{comparison.title} (ratios to {comparison.reference})"
    yield _aligned(headings, widths)
    yield "-" * (sum(widths) + 2 * (len(widths) - 1))
    yield from (_aligned(row, widths) for row in rows)


def _aligned(cells: list[str], widths: list[int]) -> str:
    names = [cell.ljust(width) for cell, width in zip(cells[:2], widths[:2], strict=True)]
    numbers = [_starred(cell, width) for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return "  ".join([*names, *numbers]).rstrip()


def _starred(cell: str, width: int) -> str:
    """Right-align a number so that its star stands outside the column of digits."""
    return (
        cell.rjust(width)
        if cell.endswith("*")
        else f"{cell}  ".rjust(width)
        if len(cell) + 2 <= width
        else cell.rjust(width)
    )
