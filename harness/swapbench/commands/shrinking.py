"""Shrinking: what a gate would no longer hold if a run took the place of its baseline."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell
from swapbench.record.record import Record
from swapbench.record.run import Run

# Under other ones of these, what was measured is another thing, or less exact.
_CONDITIONS = ("slot", "threads")


def check(before: Run, after: Run) -> None:
    """Raise SwapError, naming what would be lost, when the baseline `before` holds more than `after` would."""
    losses = list(_losses(before, after))
    if losses:
        raise SwapError(
            f"run {after.name} would make the gate hold less than the present baseline does: {'; '.join(losses)}. "
            "Measure it whole and as before, keep what it does not have with --keep, or accept this with --shrink."
        )


def _losses(before: Run, after: Run) -> Iterator[str]:
    new = {_place(record.cell): record for record in after.records}
    pairs = [(record, new.get(_place(record.cell))) for record in before.records]
    both = [(old, now) for old, now in pairs if now is not None and now != old]
    yield from _in_words("dropped", [old.cell for old, now in pairs if now is None])
    fewer = [(old, now) for old, now in both if len(now.samples) < len(old.samples)]
    if fewer:
        old, now = fewer[0]
        yield from _in_words(
            f"with {len(now.samples)} instead of {len(old.samples)} rounds", [old.cell for old, _ in fewer]
        )
    others: dict[str, list[Cell]] = {}
    for old, now in both:
        for what in _differences(old, now):
            others.setdefault(what, []).append(old.cell)
    for what, cells in others.items():
        yield from _in_words(what, cells)


def _differences(old: Record, now: Record) -> Iterator[str]:
    if old.cell.profile != now.cell.profile:
        yield f"in profile {now.cell.profile} instead of {old.cell.profile}"
    for name in _CONDITIONS:
        was, is_now = old.environment.get(name), now.environment.get(name)
        if was != is_now:
            yield f"with {name} {is_now} instead of {was}"


def _in_words(what: str, cells: Sequence[Cell]) -> Iterator[str]:
    if cells:
        first = f"{cells[0]}, ..." if len(cells) > 1 else str(cells[0])
        yield f"{units.counted(len(cells), 'cell')} {what} ({first})"


def _place(cell: Cell) -> Cell:
    """Return what identifies a cell across profiles."""
    return replace(cell, profile="")
