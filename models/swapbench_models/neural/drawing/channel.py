"""A channel: the room between two boxes, where lines change sides, each on a level that is its own.

A line comes from above at one place and goes down at one place or more. Where they differ it runs along a level. Two
lines never run along one another: where one goes down at the place at which another comes from above, its level is the
lower one; and where that is impossible for all, every line has two levels, and a way of its own between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from swapbench_models.neural.drawing.route import Point

# Between lines, and between the outermost of them and the ends of the channel; below there is an arrow's head.
STEP = 10.0
ABOVE, BELOW = 8.0, 18.0
# The distance between ways down beside the boxes.
BESIDE = 14.0
_NEAR = 5.0
_NEVER = 1000


@dataclass(frozen=True, slots=True)
class Net:
    """A value's line in a channel: where it comes from above, and where it goes down."""

    value: int
    top: float
    bottoms: tuple[float, ...]

    @property
    def bends(self) -> bool:
        """Whether it goes down anywhere but where it comes from."""
        return any(abs(x - self.top) >= 0.01 for x in self.bottoms)

    @property
    def reach(self) -> tuple[float, float]:
        """From where to where it runs."""
        places = (self.top, *self.bottoms)
        return min(places), max(places)


class Channel:
    """The levels of some lines; `right` is how far to the right any of them runs."""

    def __init__(self, nets: Sequence[Net]) -> None:
        bent, cost = _ordered([net for net in nets if net.bends])
        self._levels = _levels(bent)
        self._lower: dict[int, int] = {}
        self._ways: dict[int, float] = {}
        self.right = max((net.reach[1] for net in nets), default=0.0)
        if cost >= _NEVER:
            self._levels = {net.value: level for level, net in enumerate(bent)}
            self._lower = {net.value: len(bent) + level for level, net in enumerate(bent)}
            self._ways = {net.value: self.right + BESIDE * (1 + place) for place, net in enumerate(bent)}
            self.right += BESIDE * len(bent)
        self._count = 1 + max((*self._levels.values(), *self._lower.values()), default=-1)

    def height(self, empty: float) -> float:
        """Return how high it is; `empty` where no line bends."""
        return max(empty, ABOVE + STEP * (self._count - 1) + BELOW) if self._count else empty

    def path(self, net: Net, bottom: float, y: float, height: float) -> list[Point]:
        """Return the points of a line from its top, which is at `y`, down to one of its bottoms."""
        end = (bottom, y + height)
        if abs(bottom - net.top) < 0.01:
            return [end]
        first = y + ABOVE + STEP * self._levels[net.value]
        if net.value not in self._lower:
            return [(net.top, first), (bottom, first), end]
        way, second = self._ways[net.value], y + ABOVE + STEP * self._lower[net.value]
        return [(net.top, first), (way, first), (way, second), (bottom, second), end]


def _ordered(nets: list[Net]) -> tuple[list[Net], int]:
    """Return lines in an order from above in which few cross, and what it costs."""
    order: list[Net] = []
    for net in nets:
        costs = [
            sum(_cost(other, net) for other in order[:place]) + sum(_cost(net, other) for other in order[place:])
            for place in range(len(order) + 1)
        ]
        order.insert(costs.index(min(costs)), net)
    total = sum(_cost(upper, lower) for place, upper in enumerate(order) for lower in order[place + 1 :])
    return order, total


def _cost(upper: Net, lower: Net) -> int:
    """Return how often two lines cross where the first has the upper level; very much where they would meet."""
    if any(abs(lower.top - x) < _NEAR for x in upper.bottoms):
        return _NEVER
    start, end = lower.reach
    found = sum(start < x < end for x in upper.bottoms)
    start, end = upper.reach
    return found + (start < lower.top < end)


def _levels(nets: Sequence[Net]) -> dict[int, int]:
    """Return a level for each line: below those before it that it could meet."""
    found: dict[int, int] = {}
    for place, net in enumerate(nets):
        start, end = net.reach
        above = [
            found[other.value]
            for other in nets[:place]
            if other.reach[0] - STEP < end and start - STEP < other.reach[1]
        ]
        found[net.value] = 1 + max(above, default=-1)
    return found
