"""Routes: where lines run, from the box that leaves a value to the box that takes it."""

from collections.abc import Iterable
from dataclasses import dataclass

Point = tuple[float, float]
_NEAR = 0.01


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from the box that leaves a value to one that takes it: through `points`, then `beside` other boxes.

    The second begins where the first ends; it has no points where the line passes no box.
    """

    source: int
    target: int
    points: tuple[Point, ...]
    beside: tuple[Point, ...] = ()

    @property
    def whole(self) -> tuple[Point, ...]:
        """All points."""
        return straight((*self.points, *self.beside))


@dataclass(frozen=True, slots=True)
class Route:
    """A line on its way: the value that it carries, the points so far, and how many before it first runs beside."""

    value: int
    points: tuple[Point, ...]
    before: int = 0

    def on(self, points: Iterable[Point]) -> "Route":
        """Return the line led on through more points."""
        return Route(self.value, (*self.points, *points), self.before)

    def aside(self, points: Iterable[Point]) -> "Route":
        """Return the line led on through more points beside other boxes."""
        return Route(self.value, (*self.points, *points), self.before or len(self.points))

    def edge(self, target: int) -> Edge:
        """Return the line at its end."""
        if not self.before:
            return Edge(self.value, target, straight(self.points))
        return Edge(self.value, target, straight(self.points[: self.before]), straight(self.points[self.before - 1 :]))


@dataclass(frozen=True, slots=True)
class Pin:
    """Where a value enters or leaves a block: how far right of the block's axis."""

    value: int
    x: float


def straight(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return points without those that lie on the way from one to another."""
    found: list[Point] = []
    for x, y in points:
        if found and abs(found[-1][0] - x) < _NEAR and abs(found[-1][1] - y) < _NEAR:
            continue
        if len(found) > 1 and (_level(found[-2:], 0, x) or _level(found[-2:], 1, y)):
            found.pop()
        found.append((x, y))
    return tuple(found)


def _level(points: list[Point], axis: int, at: float) -> bool:
    return all(abs(point[axis] - at) < _NEAR for point in points)
