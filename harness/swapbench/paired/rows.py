"""Rows: the cells of two rows of one working tree, each matched with that of the other on the same data and phase."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell, Row

_NAMED = 12


@dataclass(frozen=True)
class Rows:
    """Two rows, `before` and `now`, by their names: `partners` has for each cell of the second that of the first,
    `alone` are the cells that only one of them has."""

    before: str
    now: str
    partners: Mapping[Cell, Cell]
    alone: Sequence[Cell]

    @property
    def selection(self) -> list[str]:
        """The options of pytest that select both rows, and whatever has the same names."""
        cells = [cell for pair in self.partners.items() for cell in pair]
        names = ("suite", *Row._fields)
        return [f"--swap-{name}={value}" for name in names for value in sorted({getattr(c, name) for c in cells})]

    def notes(self) -> Iterator[str]:
        """Say what only one row has: nothing can be said of it, and nothing is wrong with that."""
        shared = {_what(cell) for cell in self.partners}
        for name, other in ((self.before, self.now), (self.now, self.before)):
            own = [cell for cell in self.alone if cell.row.name == name]
            told = [_what(cell) + (f", fold {cell.fold}" if _what(cell) in shared else "") for cell in own]
            if told:
                yield f"Not compared, for {other} has no such cells: {'; '.join(dict.fromkeys(told))} of {name}."


def matched(plan: Mapping[str, Any], before: str, now: str) -> Rows:
    """Match the cells of two rows, of those that a session would measure (see side.declared); raises SwapError where
    there is nothing to compare."""
    if before == now:
        raise SwapError(f"{now} is given twice; name two rows.")
    suites = {suite["name"]: suite for suite in plan["suites"]}
    if not suites:
        absence = f" ({plan['absence']})" if plan["absence"] else ""
        raise SwapError(f"nothing is left to compare: no cell of a suite is among what was asked for{absence}.")
    known = {name: [Row(*row).name for row in suite["rows"]] for name, suite in suites.items()}
    homes = [_homes(row, known) for row in (before, now)]
    common = [name for name in homes[0] if name in homes[1]]
    if not common:
        where = " and ".join(f"{row} of {', '.join(own)}" for row, own in zip((before, now), homes, strict=True))
        raise SwapError(f"rows of one suite are compared, and these have none in common: {where}.")
    cells = [Cell.from_dict(cell) for name in common for cell in suites[name]["cells"]]
    own = [{_place(cell): cell for cell in cells if cell.row.name == row} for row in (before, now)]
    partners = {cell: own[0][place] for place, cell in own[1].items() if place in own[0]}
    alone = [cell for side, other in (own, own[::-1]) for place, cell in side.items() if place not in other]
    if not partners:
        had = " and ".join(f"{row} has {_had(side)}" for row, side in zip((before, now), own, strict=True))
        raise SwapError(f"nothing is left to compare in {', '.join(common)}, profile {cells[0].profile}: {had}.")
    return Rows(before, now, partners, alone)


def _homes(row: str, known: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the suites that have a row; raises SwapError that lists the known ones where none has it."""
    found = [name for name, rows in known.items() if row in rows]
    if not found:
        rows = dict.fromkeys(name for own in known.values() for name in own)
        near = sorted(rows, key=lambda name: difflib.SequenceMatcher(None, row, name).ratio(), reverse=True)
        more = f" and {len(near) - _NAMED} more" if len(near) > _NAMED else ""
        raise SwapError(
            f"there is no row {row!r} in {', '.join(known)}; known are, the nearest first, "
            f"{', '.join(near[:_NAMED])}{more}."
        )
    return found


def _place(cell: Cell) -> Cell:
    """Return what the cells of two rows that are compared have in common."""
    return Cell.of(cell.suite, Row("", ""), cell.dataset, cell.fold, cell.phase, cell.profile)


def _what(cell: Cell) -> str:
    return f"{cell.phase} on {cell.dataset}"


def _had(cells: Mapping[Cell, Cell]) -> str:
    return ", ".join(dict.fromkeys(map(_what, cells.values()))) or "no cell with these options"
