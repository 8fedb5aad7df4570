"""Outlines: lines with rounded corners and heads of arrows, as commands that every painter knows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from swapbench_models.neural.drawing.route import Edge, Point

_CORNER = 6.0
_BOX, _END, _STRIPE = 5.0, 14.0, 5.0
HEAD_LENGTH, HEAD_WIDTH = 8.0, 7.0
_NEAR = 0.01

# Move to a point, draw to a point, or draw a curve (quadratic) by one point to another.
Command = tuple[str, tuple[Point, ...]]
Triangle = tuple[Point, Point, Point]


@dataclass(frozen=True, slots=True)
class Stroke:
    """A part of a line in one colour, with the heads of arrows upon it."""

    line: tuple[Command, ...]
    heads: tuple[Triangle, ...]
    beside: bool


def strokes(edges: Sequence[Edge]) -> list[tuple[Edge, tuple[Stroke, ...]]]:
    """Return each line with its parts, in the order in which they are painted: what runs beside is below the others.

    What several lines of one value have in common is a part of the first of them alone: painted twice it would be
    bolder.
    """
    painted: dict[int, dict[tuple[Point, tuple[int, int]], float]] = {}
    found = []
    for edge in sorted(edges, key=lambda edge: bool(edge.beside)):
        common = _common(edge.whole, painted.setdefault(edge.source, {}))
        found.append((edge, tuple(_parts(edge, max(common - _CORNER, 0.0)))))
    return sorted(found, key=lambda each: not each[0].beside)


def _parts(edge: Edge, common: float) -> Iterator[Stroke]:
    """Yield the parts of a line but for its first so many pixels; the last has an arrow's head at its end."""
    parts = [(edge.points, False), *([(edge.beside, True)] if edge.beside else [])]
    for number, (points, beside) in enumerate(parts, 1):
        last = number == len(parts)
        left = _without(points, common)
        common = max(common - _length(points), 0.0)
        if left:
            line = rounded(_shortened(left) if last else left)
            yield Stroke(tuple(line), (*_upward(left), *([_head(left[-1])] if last else [])), beside)


def _common(line: Sequence[Point], painted: dict[tuple[Point, tuple[int, int]], float]) -> float:
    """Return how much of a line, from its beginning, is painted, and add it to what is.

    `painted` says of each corner where lines of one value turned how far they lead on from there in each direction.
    """
    total, together = 0.0, True
    for (x, y), (right, low) in pairwise(line):
        length = abs(right - x) + abs(low - y)
        lead = (x, y), (round((right - x) / length), round((low - y) / length))
        before = painted.get(lead, 0.0)
        if together:
            total += min(length, before)
            together = before >= length - _NEAR
        painted[lead] = max(length, before)
    return total


def _without(points: Sequence[Point], length: float) -> list[Point]:
    """Return a line without its first so many pixels; nothing where it has no more."""
    for number, (start, end) in enumerate(pairwise(points)):
        if length < _distance(start, end) - _NEAR:
            return [_towards(start, end, length), *points[number + 1 :]]
        length -= _distance(start, end)
    return []


def _length(points: Sequence[Point]) -> float:
    return sum(_distance(start, end) for start, end in pairwise(points))


def rounded(points: Sequence[Point]) -> Iterator[Command]:
    """Yield a line through points, which lie level or upright of one another, with its corners rounded."""
    yield "M", (points[0],)
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        radius = min(_CORNER, _distance(before, corner) / 2, _distance(corner, after) / 2)
        yield "L", (_towards(corner, before, radius),)
        yield "Q", (corner, _towards(corner, after, radius))
    yield "L", (points[-1],)


def _shortened(points: Sequence[Point]) -> list[Point]:
    """Return a line without the part at its end that the head of its arrow covers."""
    before, end = points[-2:]
    return [*points[:-1], _towards(end, before, min(HEAD_LENGTH - 1, _distance(before, end)))]


def _head(end: Point) -> Triangle:
    """Return the head of an arrow that points down to a point."""
    x, y = end
    return (x, y), (x - HEAD_WIDTH / 2, y - HEAD_LENGTH), (x + HEAD_WIDTH / 2, y - HEAD_LENGTH)


def _upward(points: Sequence[Point]) -> Iterator[Triangle]:
    """Yield a head pointing up in the middle of each part of a line that leads up, where nobody expects it."""
    for (x, y), (_, after) in pairwise(points):
        if after < y - 4 * HEAD_LENGTH:
            middle = (y + after) / 2
            yield (x, middle - HEAD_LENGTH), (x - HEAD_WIDTH / 2, middle), (x + HEAD_WIDTH / 2, middle)


def corner(end: bool) -> float:
    """Return the radius of a box's corners; `end`: of an input or an output."""
    return _END if end else _BOX


def rectangle(x: float, y: float, width: float, height: float, radius: float) -> Iterator[Command]:
    """Yield a rectangle with rounded corners."""
    right, low = x + width, y + height
    yield "M", ((x + radius, y),)
    for turn, before, after in (
        ((right, y), (right - radius, y), (right, y + radius)),
        ((right, low), (right, low - radius), (right - radius, low)),
        ((x, low), (x + radius, low), (x, low - radius)),
        ((x, y), (x, y + radius), (x + radius, y)),
    ):
        yield "L", (before,)
        yield "Q", (turn, after)


def stripe(x: float, y: float, height: float) -> Iterator[Command]:
    """Yield the stripe along the left of a box, rounded as the box is."""
    yield "M", ((x + _STRIPE, y),)
    yield "Q", ((x, y), (x, y + _BOX))
    yield "L", ((x, y + height - _BOX),)
    yield "Q", ((x, y + height), (x + _STRIPE, y + height))


def _distance(one: Point, other: Point) -> float:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def _towards(start: Point, end: Point, length: float) -> Point:
    """Return the point that lies so far from one point on the way to another."""
    whole = _distance(start, end)
    part = length / whole if whole else 0.0
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
