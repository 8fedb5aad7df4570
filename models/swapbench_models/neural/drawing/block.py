"""Blocks: boxes, frames and lanes, each of which knows its size and where lines enter and leave it.

A block has an axis, from top to bottom, on which what follows what stands. `left` and `right` are how far it reaches
on either side of it. Lines enter at its upper edge and leave at its lower one.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from swapbench_models.neural.drawing.lettering import Text, height, lettered, written
from swapbench_models.neural.drawing.node import Frame, Node
from swapbench_models.neural.drawing.picture import Box, Panel, Picture
from swapbench_models.neural.drawing.route import Pin, Route
from swapbench_models.neural.drawing.widths import cut, width

# Where values come from, seen from a box below: right of its axis if above 0; of two from one place the second counts.
Hints = Mapping[int, tuple[float, float]]

_PORT, _CLOSEST = 22.0, 8.0
_TITLE, _TITLE_SIZE, _TITLE_WIDEST = 24.0, 12.0, 300.0
_PAD = 14.0
_APART = 30.0
_CLEAR = 8.0


class Block(Protocol):
    """Something with a place."""

    left: float
    right: float
    height: float
    entries: tuple[Pin, ...]
    exits: tuple[Pin, ...]

    def draw(self, x: float, y: float, arriving: Sequence[Route], picture: Picture, depth: int = 0) -> list[Route]:
        """Draw it with its axis at x and its upper edge at y.

        The lines that arrive end at its entries, in their order, and those that are returned at its exits.
        """


class NodeBlock:
    """One box."""

    def __init__(self, node: Node, box: float, hints: Hints, wanted: bool) -> None:
        self._node = node
        self._lines = written(node, box)
        offsets = _ports(node.takes, hints, box)
        reach = max((abs(pin.x) for pin in offsets), default=0.0)
        self.left = self.right = max(box / 2, reach + _CLOSEST)
        self.height = height(self._lines)
        self.entries = offsets
        self.exits: tuple[Pin, ...] = (Pin(node.value, 0.0),) if wanted else ()

    def draw(self, x: float, y: float, arriving: Sequence[Route], picture: Picture, depth: int = 0) -> list[Route]:
        left, size = x - self.left, self.left + self.right
        texts = tuple(lettered(self._lines, left, y, size))
        picture.boxes.append(Box(self._node, left, y, size, self.height, texts))
        for route in arriving:
            picture.edges.append(route.edge(self._node.value))
        return [Route(pin.value, ((x, y + self.height),)) for pin in self.exits]


def _ports(takes: Sequence[int], hints: Hints, box: float) -> tuple[Pin, ...]:
    """Return where values enter a box: what comes from straight above in the middle, the others on their side of it."""
    known = all(value in hints for value in takes)
    order = sorted(takes, key=lambda value: hints[value]) if known else list(takes)
    middle = (len(order) - 1) / 2
    if known:
        middle = next((place for place, value in enumerate(order) if abs(hints[value][0]) < 1.0), middle)
    step = max(min(_PORT, (box / 2 - _CLOSEST) / max(middle, len(order) - 1 - middle, 1)), _CLOSEST)
    return tuple(Pin(value, (place - middle) * step) for place, value in enumerate(order))


class FrameBlock:
    """A block with a title round it; the title stands left of all lines that enter."""

    def __init__(self, frame: Frame, inner: Block) -> None:
        self._inner, self._frame = inner, frame
        times = f"x {frame.times}" if frame.times > 1 else ""
        room = _TITLE_WIDEST - width(times, _TITLE_SIZE, bold=True)
        name = cut(frame.title, room, _TITLE_SIZE, bold=True)
        self._title = " ".join(filter(None, (name, times)))
        self._alternative = " ".join(filter(None, (frame.title, times)))
        first = min((pin.x for pin in inner.entries), default=0.0)
        titled = width(self._title, _TITLE_SIZE, bold=True) + _PAD + _CLEAR - first
        self.left, self.right = max(inner.left + _PAD, titled), inner.right + _PAD
        self._above = _TITLE if self._title else _PAD
        self.height = self._above + inner.height + _PAD
        self.entries, self.exits = inner.entries, inner.exits

    def draw(self, x: float, y: float, arriving: Sequence[Route], picture: Picture, depth: int = 0) -> list[Route]:
        left = x - self.left
        title = Text(left + _PAD - 2, y + _TITLE - 7, self._title, _TITLE_SIZE, bold=True) if self._title else None
        size = self.left + self.right
        picture.panels.append(Panel(title, self._alternative, left, y, size, self.height, self._frame.times, depth))
        leaving = self._inner.draw(x, y + self._above, arriving, picture, depth + 1)
        return [route.on([(x + pin.x, y + self.height)]) for pin, route in zip(self.exits, leaving, strict=True)]


class LanesBlock:
    """Blocks side by side; the axis is that of the middle one, or midway between the first one's and the last one's."""

    def __init__(self, lanes: Sequence[Block]) -> None:
        self._lanes = lanes
        places, end = [], 0.0
        for number, lane in enumerate(lanes):
            places.append(end + (_APART if number else 0.0) + lane.left)
            end = places[-1] + lane.right
        axis = places[len(places) // 2] if len(places) % 2 else (places[0] + places[-1]) / 2
        self._places = [place - axis for place in places]
        self.left, self.right = axis, end - axis
        self.height = max(lane.height for lane in lanes)
        pairs = list(zip(self._places, lanes, strict=True))
        self.entries = tuple(Pin(pin.value, place + pin.x) for place, lane in pairs for pin in lane.entries)
        self.exits = tuple(Pin(pin.value, place + pin.x) for place, lane in pairs for pin in lane.exits)

    def draw(self, x: float, y: float, arriving: Sequence[Route], picture: Picture, depth: int = 0) -> list[Route]:
        found: list[Route] = []
        waiting = list(arriving)
        for place, lane in zip(self._places, self._lanes, strict=True):
            now, waiting = waiting[: len(lane.entries)], waiting[len(lane.entries) :]
            leaving = lane.draw(x + place, y, now, picture, depth)
            for pin, route in zip(lane.exits, leaving, strict=True):
                found.append(route.on([(x + place + pin.x, y + self.height)]))
        return found
