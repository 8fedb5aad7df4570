"""A column: blocks one below another, and the lines between them and beside them.

Between two blocks there is a channel. A line to the next block runs in it; a line to a later one goes down beside the
blocks that it passes, on their right, on a way that is its own. Place 0 is the column's upper edge, then the blocks
count from 1, and after the last comes the lower edge.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from swapbench_models.neural.drawing.block import Block
from swapbench_models.neural.drawing.channel import BESIDE, Channel, Net
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.drawing.route import Pin, Route

# Between two boxes where lines run straight.
GAP = 26.0


@dataclass(frozen=True, slots=True)
class _Line:
    """A value in the column: the place that it leaves, the places that take it, and its way beside if it has one."""

    value: int
    source: int
    takers: tuple[int, ...]

    @property
    def passes(self) -> bool:
        """Whether it passes a block."""
        return self.takers[-1] > self.source + 1


class Column:
    """Blocks one below another; `entering` and `leaving` are the values that come in and go out."""

    def __init__(self, blocks: Sequence[Block], entering: Sequence[int], leaving: Sequence[int]) -> None:
        self._blocks = blocks
        self._lines = self._found(entering, leaving)
        self._last = {line.value: line.takers[-1] for line in self._lines}
        self._ways = self._placed_ways()
        first = {pin.value for pin in blocks[0].entries}
        self.entries = self._entered(entering, first)
        self.exits = tuple(Pin(value, self._left_at(value)) for value in leaving)
        self._nets = self._crossing()
        self._channels = [Channel(nets) for nets in self._nets]
        self._heights = [
            channel.height(0.0 if place in {0, len(blocks)} else GAP) for place, channel in enumerate(self._channels)
        ]
        self.left = max(block.left for block in blocks)
        self.right = max(
            *(block.right for block in blocks), *self._ways.values(), *(each.right for each in self._channels)
        )
        self.height = sum(self._heights) + sum(block.height for block in blocks)

    def draw(self, x: float, y: float, arriving: Sequence[Route], picture: Picture, depth: int = 0) -> list[Route]:
        coming = {route.value: route for route in arriving}  # from the place above
        beside: dict[int, Route] = {}
        for place, (nets, channel) in enumerate(zip(self._nets, self._channels, strict=True)):
            height = self._heights[place]
            ends: dict[tuple[int, float], Route] = {}
            for net in nets:
                passing = beside.pop(net.value, None)
                route = passing.on([(x + net.top, y)]) if passing else coming[net.value]
                for bottom in net.bottoms:
                    points = [(x + right, down) for right, down in channel.path(net, bottom, y, height)]
                    if bottom == self._ways.get(net.value) and self._last[net.value] > place + 1:
                        beside[net.value] = route.aside(points)
                    else:
                        ends[net.value, bottom] = route.on(points)
            y += height
            if place == len(self._blocks):
                return [ends.get((pin.value, pin.x)) or beside[pin.value] for pin in self.exits]
            block = self._blocks[place]
            leaving = block.draw(x, y, [ends[pin.value, pin.x] for pin in block.entries], picture, depth)
            coming = {route.value: route for route in leaving}
            y += block.height
        return []

    def _found(self, entering: Sequence[int], leaving: Sequence[int]) -> list[_Line]:
        sources = dict.fromkeys(entering, 0)
        takers: dict[int, list[int]] = {}
        for place, block in enumerate(self._blocks, 1):
            for pin in block.entries:
                takers.setdefault(pin.value, []).append(place)
            sources |= {pin.value: place for pin in block.exits}
        for value in leaving:
            takers.setdefault(value, []).append(len(self._blocks) + 1)
        return [_Line(value, source, tuple(dict.fromkeys(takers[value]))) for value, source in sources.items()]

    def _placed_ways(self) -> dict[int, float]:
        """Return how far right of the axis each line runs down that passes blocks; the shortest ways are nearest."""
        placed: list[tuple[_Line, float]] = []
        for line in sorted((line for line in self._lines if line.passes), key=_length):
            passed = self._blocks[line.source : line.takers[-1] - 1]
            right = max(block.right for block in passed)
            for other, way in placed:
                if other.source < line.takers[-1] and line.source < other.takers[-1]:
                    right = max(right, way)
            placed.append((line, right + BESIDE))
        return {line.value: way for line, way in placed}

    def _entered(self, entering: Sequence[int], first: set[int]) -> tuple[Pin, ...]:
        """Return where values come in: above where the first block takes them, or above their way beside it."""
        found: list[Pin] = []
        for value in entering:
            places = [pin.x for pin in self._blocks[0].entries if pin.value == value]
            x = self._ways[value] if value not in first else places[0] if len(places) == 1 else 0.0
            while any(abs(pin.x - x) < 1.0 for pin in found):
                x += BESIDE
            found.append(Pin(value, x))
        return tuple(found)

    def _left_at(self, value: int) -> float:
        """Return where a value that goes out comes to the lower edge."""
        if value in self._ways:
            return self._ways[value]
        return next(pin.x for pin in self._blocks[-1].exits if pin.value == value)

    def _crossing(self) -> list[list[Net]]:
        """Return the lines in the channel below each place."""
        found: list[list[Net]] = [[] for _ in range(len(self._blocks) + 1)]
        edges = [*(_pins(block.entries) for block in self._blocks), _pins(self.exits)]
        tops = [_pins(self.entries), *(_pins(block.exits) for block in self._blocks)]
        for line in self._lines:
            way = self._ways.get(line.value, 0.0)
            for place in range(line.source, line.takers[-1]):
                bottoms = edges[place].get(line.value, ())
                if place + 1 < line.takers[-1]:
                    bottoms = (*bottoms, way)
                top = tops[place][line.value][0] if place == line.source else way
                found[place].append(Net(line.value, top, bottoms))
        return found


def _pins(pins: Sequence[Pin]) -> dict[int, tuple[float, ...]]:
    """Return the places of each value."""
    found: dict[int, list[float]] = {}
    for pin in pins:
        found.setdefault(pin.value, []).append(pin.x)
    return {value: tuple(places) for value, places in found.items()}


def _length(line: _Line) -> tuple[int, int]:
    return line.takers[-1] - line.source, -line.source
