"""Columns: a long column cut into several side by side, read one after another from the left.

What goes on leads from the foot of one column up to the head of the next, between the two.
"""

from collections.abc import Sequence
from itertools import pairwise

from swapbench_models.neural.drawing.block import Block
from swapbench_models.neural.drawing.channel import ABOVE, BELOW, BESIDE, STEP
from swapbench_models.neural.drawing.picture import Picture
from swapbench_models.neural.drawing.route import Pin, Route


class Columns:
    """Columns side by side, each of which takes what the one before it leaves; the axis is that of the first."""

    def __init__(self, columns: Sequence[Block]) -> None:
        self._columns = columns
        self._places = [0.0]
        for before, column in pairwise(columns):
            between = BESIDE * (len(column.entries) + 2)
            self._places.append(self._places[-1] + before.right + between + column.left)
        self._head = max(ABOVE + STEP * (len(column.entries) - 1) + BELOW for column in columns[1:])
        self.left = columns[0].left
        self.right = self._places[-1] + columns[-1].right
        self.height = max(
            column.height + (0.0 if place == 0 else self._head) + self._foot(place)
            for place, column in enumerate(columns)
        )
        self.entries = columns[0].entries
        self.exits = tuple(Pin(pin.value, self._places[-1] + pin.x) for pin in columns[-1].exits)

    def draw(self, x: float, y: float, arriving: Sequence[Route], picture: Picture, depth: int = 0) -> list[Route]:
        routes = list(arriving)
        for place, column in enumerate(self._columns):
            top = y + (self._head if place else 0.0)
            leaving = column.draw(x + self._places[place], top, routes, picture, depth)
            if place + 1 < len(self._columns):
                routes = self._up(place, x, y, top + column.height, leaving)
        return [route.on([(x + pin.x, y + self.height)]) for pin, route in zip(self.exits, leaving, strict=True)]

    def _foot(self, place: int) -> float:
        """Return the room that lines need below a column on their way to the next."""
        return ABOVE + STEP * len(self._columns[place].exits) if place + 1 < len(self._columns) else 0.0

    def _up(self, place: int, x: float, y: float, foot: float, leaving: Sequence[Route]) -> list[Route]:
        """Return lines from the foot of a column, led to where the next one takes them.

        The line that enters furthest left goes up furthest right, within all others.
        """
        column, following = self._columns[place], self._columns[place + 1]
        by_value = {route.value: route for route in leaving}
        order = sorted(following.entries, key=lambda pin: -pin.x)
        found: dict[int, Route] = {}
        for level, pin in enumerate(order):
            route = by_value[pin.value]
            way = x + self._places[place] + column.right + BESIDE * (level + 1)
            below, above = foot + ABOVE + STEP * level, y + ABOVE + STEP * level
            enters = x + self._places[place + 1] + pin.x
            points = [(route.points[-1][0], below), (way, below), (way, above), (enters, above)]
            found[pin.value] = route.on([*points, (enters, y + self._head)])
        return [found[pin.value] for pin in following.entries]
