"""Placing: from units to a picture in which each has its place."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from swapbench_models.neural.drawing.block import Block, FrameBlock, Hints, LanesBlock, NodeBlock
from swapbench_models.neural.drawing.column import GAP, Column
from swapbench_models.neural.drawing.columns import Columns
from swapbench_models.neural.drawing.lettering import box_width
from swapbench_models.neural.drawing.node import Frame, Lanes, Node, Unit, Units, made, nodes, taken

# A picture that is no higher has one column; a higher one has as many as bring it nearest to this form. How many that
# is can be told but roughly before they are made.
_HIGH = 1500.0
_FORM = 1.5
_ROUGHLY = (-1, 0, 1, 2)
# A frame within a column is cut only when it is so much higher than that column.
_PATIENCE = 1.3


def placed(units: Units) -> Block:
    """Return the block of a whole picture."""
    placing = _Placing(units)
    best = placing.block(math.inf)
    if best.height <= _HIGH:
        return best
    whole = best.height
    guess = round(math.sqrt(_FORM * whole / (best.left + best.right)))
    for columns in sorted({max(2, guess + more) for more in _ROUGHLY}):
        room = whole / columns * 1.05
        if room >= _HIGH / 3:
            best = min(best, placing.block(room), key=_deviation)
    return best


def _deviation(block: Block) -> float:
    return abs(math.log((block.left + block.right) / block.height / _FORM))


class _Placing:
    def __init__(self, units: Units) -> None:
        self._units = units
        self._box = box_width(nodes(units))
        self._takers: dict[int, set[int]] = {}
        for node in nodes(units):
            for value in node.takes:
                self._takers.setdefault(value, set()).add(node.value)

    def block(self, room: float) -> Block:
        """Return the block of all units, in columns that are at most so high where that is possible."""
        return self._column(self._units, {}, room)

    def _leaving(self, units: Units) -> list[int]:
        """Return the values from within some units that are taken elsewhere."""
        own = made(units)
        return [node.value for node in nodes(units) if self._takers.get(node.value, own) - own]

    def _block(self, unit: Unit, hints: Hints, room: float) -> Block:
        match unit:
            case Node():
                return NodeBlock(unit, self._box, hints, wanted=bool(self._leaving((unit,))))
            case Frame(units=inner):
                return FrameBlock(unit, self._column(inner, hints, room * _PATIENCE))
            case Lanes(lanes):
                return LanesBlock([self._column(lane, {}, room * _PATIENCE) for lane in lanes])

    def _column(self, units: Units, hints: Hints, room: float) -> Block:
        """Return units one below another, or in several columns if they are too high for one."""
        blocks: list[Block] = []
        makers = {value: number for number, unit in enumerate(units) for value in unit.made}
        for number, unit in enumerate(units):
            if number:
                above = {pin.value: (pin.x, 0.0) for pin in blocks[-1].exits}
                hints = {value: above.get(value, (math.inf, -makers.get(value, -1.0))) for value in unit.takes}
            blocks.append(self._block(unit, hints, room))
        if sum(block.height + GAP for block in blocks) <= room:
            return Column(blocks, taken(units), self._leaving(units))
        return self._columns(units, blocks, room)

    def _columns(self, units: Units, blocks: Sequence[Block], room: float) -> Block:
        """Return blocks in columns, cut where a single line leads on if there is such a place."""
        passing = _passing(units, self._leaving(units))
        joints = [place for place in range(1, len(units)) if len(passing[place]) == 1]
        stops = [0, *(joints or range(1, len(units))), len(units)]
        heights = [sum(block.height + GAP for block in blocks[start:end]) for start, end in pairwise(stops)]
        cuts = [0, *(stops[cut] for cut in _cuts(heights, room)), len(units)]
        columns = [Column(blocks[start:end], passing[start], passing[end]) for start, end in pairwise(cuts)]
        return Columns(columns) if len(columns) > 1 else columns[0]


def _passing(units: Units, wanted: Iterable[int]) -> list[tuple[int, ...]]:
    """Return for each place before, between and after some units the values that pass there, the first made first."""
    last: dict[int, int] = {}
    for number, unit in enumerate(units):
        last |= dict.fromkeys(unit.takes, number)
    last |= dict.fromkeys(wanted, len(units))
    now = list(taken(units))
    found = [tuple(now)]
    for number, unit in enumerate(units):
        now += sorted(value for value in unit.made if value in last)
        now = [value for value in now if last[value] > number]
        found.append(tuple(now))
    return found


def _cuts(heights: Sequence[float], room: float) -> list[int]:
    """Return where to cut what is too high for one column: into as few as have room, and those as even as can be."""
    low, high = max(heights), max(room, *heights)
    most = len(_filled(heights, high))
    for _ in range(24):
        middle = (low + high) / 2
        if len(_filled(heights, middle)) <= most:
            high = middle
        else:
            low = middle
    return _filled(heights, high)


def _filled(heights: Sequence[float], room: float) -> list[int]:
    """Return where columns end that are each filled as far as there is room."""
    cuts, used = [], 0.0
    for number, each in enumerate(heights):
        if used and used + each > room:
            cuts.append(number)
            used = 0.0
        used += each
    return cuts
