"""Figures: what a table shows of a value, and the legend of the marks that occur in it."""

from collections.abc import Callable, Iterator, Sequence

from harness.plan import units
from harness.show.comparison import BEST, TIED, Column, Comparison, Kind, Value

Parts = tuple[str, ...]  # a figure, its ratio to the reference row, and marks; what it does not have is empty

LOADED = "!"
NOTHING: Parts = ("-", "", "")


def parts_of(column: Column, value: Value | None) -> Parts:
    """Return a value as the parts that a table aligns."""
    if value is None:
        return NOTHING
    marks = value.mark + (LOADED if value.loaded else "")
    return _SHOWN[column.kind](value), "" if value.ratio is None else units.ratio(value.ratio), marks


_SHOWN: dict[Kind, Callable[[Value], str]] = {
    "time": lambda value: units.seconds(value.value),
    "memory": lambda value: units.mebibytes(value.value),
    "count": lambda value: f"{value.value:,.0f}",
    "score": lambda value: units.score(value.value, value.half_width),
}


def labels_of(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return what names the rows, under its headings; how many cells ended well only where some did not."""
    partial = any(row.done < row.planned for row in comparison.rows)
    headings = ["model", "backend", *(["cells"] if partial else [])]
    rows = [[row.model, row.backend, f"{row.done}/{row.planned}"][: len(headings)] for row in comparison.rows]
    return headings, rows


def cells_of(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return a comparison as headings and rows of text."""
    headings, labels = labels_of(comparison)
    columns = comparison.columns
    values = [[" ".join(filter(None, parts_of(c, row.values.get(c.name)))) for c in columns] for row in comparison.rows]
    return [*headings, *(column.heading for column in columns)], [
        label + texts for label, texts in zip(labels, values, strict=True)
    ]


def legend(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield a sentence for each kind of figure and each mark that occurs in some tables."""
    kinds = {column.kind for one in comparisons for column in one.columns}
    values = [value for one in comparisons for row in one.rows for value in row.values.values()]
    if "time" in kinds:
        yield "Times are medians over folds and rounds."
    elif values:
        yield "Times are not shown, for they were measured without a slot of their own."
    if "memory" in kinds:
        yield "Memory is the largest peak of any round, above what was there before it."
    if any(value.half_width is not None for value in values):
        yield "Scores are means over folds ± half of their 95 % interval."
    elif "score" in kinds:
        yield "Scores are means over folds."
    if any(value.best for value in values):
        yield f"{BEST} marks a row that is shown to be better than every other."
    if any(value.tied for value in values):
        yield f"{TIED} marks the rows that lead, of which nothing shows which is best."
    if any(value.loaded for value in values):
        yield f"{LOADED} marks times of which other load took part in most rounds."
