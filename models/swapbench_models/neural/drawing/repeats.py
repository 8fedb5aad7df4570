"""Repeats: equal units one after another, drawn once with the number of times."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from swapbench_models.neural.drawing.node import Frame, Lanes, Node, Unit, Units, nodes, renamed, taken

# The longest row of units that is looked for, and the fewest boxes that folding must save.
_LONGEST = 64
_FEWEST = 3


def folded(units: Units) -> Units:
    """Return units with each row of equal ones in a frame that says how many there are, from within outwards."""
    for depth in range(_depth(units), -1, -1):
        units = _Folding(units).at(depth)
    return units


def _depth(units: Units) -> int:
    """Return how deep units stand in others."""
    found = 0
    for unit in units:
        match unit:
            case Frame(units=inner):
                found = max(found, 1 + _depth(inner))
            case Lanes(lanes):
                found = max(found, 1 + max(map(_depth, lanes)))
    return found


class _Folding:
    """One pass over units, in which all rows of one depth are folded."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self._takers: dict[int, set[int]] = {}
        for node in nodes(units):
            for value in node.takes:
                self._takers.setdefault(value, set()).add(node.value)
        # What a folded copy left is now left by the one that is drawn.
        self._names: dict[int, int] = {}

    def at(self, depth: int) -> Units:
        """Return the units with the rows of this depth folded."""
        return renamed(self._within(self._units, depth), self._names)

    def _within(self, units: Units, depth: int) -> Units:
        if depth == 0:
            return tuple(self._fold(units))
        found: list[Unit] = []
        for unit in units:
            match unit:
                case Frame(title, inner, times, at):
                    found.append(Frame(title, self._within(inner, depth - 1), times, at))
                case Lanes(lanes):
                    found.append(Lanes(tuple(self._within(lane, depth - 1) for lane in lanes)))
                case _:
                    found.append(unit)
        return tuple(found)

    def _fold(self, units: Units) -> Iterator[Unit]:
        said = [Form.of((unit,)).said for unit in units]
        numbers = {form: number for number, form in enumerate(said)}
        forms = [numbers[form] for form in said]
        start = 0
        while start < len(units):
            period, times = self._best(units, forms, start)
            if times > 1:
                yield self._kept(units, start, period, times)
            else:
                yield units[start]
            start += period * times

    def _best(self, units: Units, forms: Sequence[int], start: int) -> tuple[int, int]:
        """Return how many units from here are one row, and how often it comes; of several the one that saves most."""
        best, most = (1, 1), _FEWEST - 1
        for period in range(1, min(_LONGEST, (len(units) - start) // 2) + 1):
            times = 1
            while forms[start : start + period] == forms[start + times * period : start + (times + 1) * period]:
                times += 1
            if times == 1:
                continue
            size = sum(1 for _ in nodes(units[start : start + period]))
            if size * (times - 1) > most:
                times = self._copies(units, start, period, times)
            if size * (times - 1) > most:
                best, most = (period, times), size * (times - 1)
        return best

    def _copies(self, units: Units, start: int, period: int, times: int) -> int:
        """Return how many of so many rows are copies: each takes from the one before it as that one from its own.

        What a copy takes from further away, all take; and nobody else takes what any but the last leaves.
        """
        first = before = Form.of(units[start : start + period])
        sources: list[int] = []
        for number in range(1, times):
            at = start + number * period
            copy = Form.of(units[at : at + period])
            found = [
                -1 if value == as_first else before.leaves.get(value, -2)
                for value, as_first in zip(copy.takes, first.takes, strict=False)
            ]
            sources = sources or found
            near = {*before.leaves, *copy.leaves}
            apart = any(self._takers.get(value, near) - near for value in before.leaves)
            chained = max(found, default=-1) >= 0 and -2 not in found
            if copy.said != first.said or found != sources or not chained or apart:
                return number
            before = copy
        return times

    def _kept(self, units: Units, start: int, period: int, times: int) -> Frame:
        """Return the first of equal rows as a frame; whatever took from the last takes from it."""
        row = units[start : start + period]
        end = start + period * times
        last = Form.of(units[end - period : end])
        shown = {place: value for value, place in Form.of(row).leaves.items()}
        self._names |= {value: shown[place] for value, place in last.leaves.items()}
        if len(row) == 1 and isinstance(row[0], Frame) and row[0].times == 1:
            return Frame(row[0].title, row[0].units, times, row[0].at)
        return Frame("", row, times)


@dataclass(frozen=True, slots=True)
class Form:
    """Units without their place: two rows with the same `said` look the same.

    `takes` are the values that come in, `leaves` says of each value from within the how manyth it is.
    """

    said: Hashable
    takes: tuple[int, ...]
    leaves: Mapping[int, int]

    @classmethod
    def of(cls, units: Units) -> "Form":
        """Return the form of some units."""
        takes = {value: f"in {place}" for place, value in enumerate(taken(units))}
        leaves = {node.value: place for place, node in enumerate(nodes(units))}
        return cls(tuple(_said(units, {**takes, **leaves})), tuple(takes), leaves)


def _said(units: Units, places: Mapping[int, Hashable]) -> Iterator[Hashable]:
    for unit in units:
        match unit:
            case Node(takes=takes):
                yield unit.said, tuple(places.get(value) for value in takes)
            case Frame(title, inner, times):
                yield title, times, tuple(_said(inner, places))
            case Lanes(lanes):
                yield tuple(tuple(_said(lane, places)) for lane in lanes)
