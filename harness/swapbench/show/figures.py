"""Figures: what a table shows of a value, and the legend of the marks that occur in it."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence

from swapbench.base import units
from swapbench.judge import sizes
from swapbench.plan.cell import Row
from swapbench.show.comparison import Comparison
from swapbench.show.value import BEST, TIED, Column, Kind, Value

Parts = tuple[str, ...]  # a figure, its interval, its ratio to the reference, that one's interval, and marks

LOADED = "!"
_DASH = "–"  # from the one to the other; beside a minus it is unclear
NOTHING: Parts = ("-", "", "", "", "")  # what a value does not have is empty


def parts_of(column: Column, value: Value | None) -> Parts:
    """Return a value as the parts that a table aligns."""
    if value is None:
        return NOTHING
    marks = value.mark + (LOADED if value.loaded else "")
    ratio = "" if value.ratio is None else units.ratio(value.ratio)
    return _SHOWN[column.kind](value), _interval(value), ratio, _between(value.ratio_low, value.ratio_high, _x), marks


def _interval(value: Value) -> str:
    """Return the interval of a score in round brackets, or the range of its folds in square ones."""
    span = _between(value.least, value.most, _four)
    return _between(value.low, value.high, _four) or f"[{span[1:-1]}]" * bool(span)


def _between(low: float | None, high: float | None, shown: Callable[[float], str]) -> str:
    if low is None or high is None:
        return ""
    ends = shown(low), shown(high)
    if ends == ("<0.01", "<0.01"):
        return ""
    return f"({_DASH.join(ends) if low >= 0 else ' to '.join(ends)})"


def _four(value: float) -> str:
    return f"{value:.4f}"


def _x(ratio: float) -> str:
    return units.ratio(ratio).removesuffix("x")


_SHOWN: dict[Kind, Callable[[Value], str]] = {
    "time": lambda value: units.seconds(value.value),
    "memory": lambda value: units.mebibytes(value.value),
    "count": lambda value: f"{value.value:,.0f}",
    "score": lambda value: units.score(value.value, None),
}


def labels_of(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return what names the rows, under its headings; how many cells ended well only where some did not."""
    lines = comparison.rows
    headings = names_of(line.row for line in lines)
    labels = [[getattr(line.row, name) for name in headings] for line in lines]
    if all(line.done == line.planned for line in lines):
        return headings, labels
    return [*headings, "cells"], [
        [*own, f"{line.done}/{line.planned}"] for own, line in zip(labels, lines, strict=True)
    ]


def names_of(rows: Iterable[Row]) -> list[str]:
    """Return the fields of a row that tell some rows apart to a reader: no variant where all are the plain one."""
    distinct = set(rows)
    return [name for name in Row._fields if name != "variant" or any(row.variant for row in distinct)]


def cells_of(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return a comparison as headings and rows of text."""
    headings, labels = labels_of(comparison)
    columns = comparison.columns
    values = [[" ".join(filter(None, parts_of(c, row.values.get(c.name)))) for c in columns] for row in comparison.rows]
    return [*headings, *(column.heading for column in columns)], [
        label + texts for label, texts in zip(labels, values, strict=True)
    ]


def _alike(kinds: Container[str]) -> str:
    """Say which differences are none, for what code happens to lie where makes as much."""
    allowed = [("time", "s", sizes.TIME), ("memory", "bytes", sizes.MEMORY)]
    told = [
        f"{100 * (least.relative or 0):g} % of {kind}, or {units.quantity(least.absolute or 0, unit)}"
        for kind, unit, least in allowed
        if kind in kinds
    ]
    return f" (to be apart takes more than {'; more than '.join(told)})" if told else ""


def legend(comparisons: Sequence[Comparison]) -> Iterator[str]:
    """Yield a sentence for each kind of figure and each mark that occurs in some tables."""
    kinds = {column.kind for one in comparisons for column in one.columns}
    values = [value for one in comparisons for row in one.rows for value in row.values.values()]
    if "time" in kinds:
        yield "Times are medians over rounds, their geometric mean over folds."
    elif values:
        yield "Times are not shown because they were measured without a slot of their own."
    if "memory" in kinds:
        yield "Memory is the peak of a round above what was there before it, over rounds and folds as times are."
    if "score" in kinds:
        yield "Scores are means over folds."
    if any(value.low is not None or value.ratio_low is not None for value in values):
        yield "( ) hold 95 % intervals of each row by itself; who is ahead is judged over the same folds."
    if any(value.low is None and value.least is not None for value in values):
        yield "[ ] hold the range of the folds, which give no interval."
    if any(value.best for value in values):
        yield f"{BEST} is shown to be better than every other row that could be ranked."
    if any(value.tied for value in values):
        yield f"{TIED} lead, and nothing shows which of them is best{_alike(kinds)}."
    if any(value.loaded for value in values):
        yield f"{LOADED} rests on rounds in which other load took part: it is the most that the time can be."
