"""A channel: the room between two boxes, where lines change sides, each on a level that is its own.

A line comes from above at one place and goes down at one place or more. Where they differ it runs along a level. Two
lines never run along one another: where one goes down at the place at which another comes from above, its level is the
lower one; and where that is impossible for all, every line has two levels, and a way of its own between them.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush

from swapbench_models.neural.drawing.route import Point

# Between lines, and between the outermost of them and the ends of the channel; below there is an arrow's head.
STEP = 10.0
ABOVE, BELOW = 8.0, 18.0
# The distance between ways down beside the boxes.
BESIDE = 14.0
_NEAR = 5.0
_NEVER = 1000
# How often neighbours may change places on the way to an order.
_EXCHANGES = 4


@dataclass(frozen=True)
class Net:
    """A value's line in a channel: where it comes from above, and where it goes down."""

    value: int
    top: float
    bottoms: tuple[float, ...]

    @property
    def bends(self) -> bool:
        """Whether it goes down anywhere but where it comes from."""
        return any(abs(x - self.top) >= 0.01 for x in self.bottoms)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """From where to where it runs."""
        places = (self.top, *self.bottoms)
        return min(places), max(places)


class Channel:
    """The levels of some lines; `right` is how far to the right any of them runs."""

    def __init__(self, nets: Sequence[Net]) -> None:
        bent, apart = _ordered([net for net in nets if net.bends])
        self._levels = _levels(bent)
        self._lower: dict[int, int] = {}
        self._ways: dict[int, float] = {}
        self.right = max((net.reach[1] for net in nets), default=0.0)
        if not apart:
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


def _ordered(nets: Sequence[Net]) -> tuple[list[Net], bool]:
    """Return lines in an order from above in which few cross, and whether that keeps them from meeting.

    Of lines to the right the one that comes from furthest right is the uppermost, and so are those to the left; then
    neighbours change places where fewer cross so.
    """
    order, apart = _apart(sorted(nets, key=_side))
    for _ in range(_EXCHANGES if apart else 0):
        for place in range(len(order) - 1):
            upper, lower = order[place : place + 2]
            if _cost(lower, upper) < _cost(upper, lower):
                order[place : place + 2] = lower, upper
    return order, apart


def _side(net: Net) -> tuple[bool, float]:
    start, end = net.reach
    right = end - net.top > net.top - start
    return right, -net.top if right else net.top


def _apart(nets: list[Net]) -> tuple[list[Net], bool]:
    """Return lines, as far as can be in their order, each below those that come from where it goes down.

    Where some go round in a circle they are returned as they are, and False.
    """
    tops = sorted((net.top, number) for number, net in enumerate(nets))
    below: list[list[int]] = [[] for _ in nets]
    waits = [0] * len(nets)
    for number, net in enumerate(nets):
        met = {
            other
            for x in net.bottoms
            for _, other in tops[bisect_right(tops, (x - _NEAR, len(nets))) : bisect_left(tops, (x + _NEAR, -1))]
        }
        waits[number] = len(met - {number})
        for other in met - {number}:
            below[other].append(number)
    free = [number for number, waiting in enumerate(waits) if not waiting]
    found: list[Net] = []
    while free:
        number = heappop(free)
        found.append(nets[number])
        for other in below[number]:
            waits[other] -= 1
            if not waits[other]:
                heappush(free, other)
    return (found, True) if len(found) == len(nets) else (nets, False)


def _cost(upper: Net, lower: Net) -> int:
    """Return how often two lines cross where the first has the upper level; very much where they would meet."""
    if any(abs(lower.top - x) < _NEAR for x in upper.bottoms):
        return _NEVER
    start, end = lower.reach
    found = sum(start < x < end for x in upper.bottoms)
    start, end = upper.reach
    return found + (start < lower.top < end)


def _levels(nets: Iterable[Net]) -> dict[int, int]:
    """Return a level for each line: below those before it that it could meet.

    `places` are where the lowest of the lines so far changes, `lowest` is its level from each of them on.
    """
    places, lowest = [-math.inf], [-1]
    found: dict[int, int] = {}
    for net in nets:
        start, end = net.reach
        end += STEP
        first, last = bisect_right(places, start) - 1, bisect_left(places, end)
        level = found[net.value] = 1 + max(lowest[first:last])
        kept = places[first] < start
        ends = last == len(places) or places[last] > end
        after = lowest[last - 1]
        places[first + kept : last] = [start, *([end] if ends else [])]
        lowest[first + kept : last] = [level, *([after] if ends else [])]
    return found
