"""Lettering: what is written in boxes, and how large a box is for it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from swapbench_models.neural.drawing.node import Node
from swapbench_models.neural.drawing.widths import cut, lines, width

NAME, SMALL = 13.0, 11.0
# From a box's edges to its text, left and right; on the left there is a stripe in the colour of its kind.
LEFT, RIGHT = 14.0, 10.0
_ABOVE, _BELOW, _NAME_LINE, _LINE = 7.0, 8.0, 17.0, 15.0
_NARROWEST, _WIDEST = 150.0, 250.0
_BETWEEN = 14.0
_MOST_LINES = 2


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text: where it begins, or ends where `end`, on its base line, and how wide it is at its size."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    soft: bool = False
    end: bool = False

    @property
    def width(self) -> float:
        """How wide it is."""
        return width(self.text, self.size, self.bold)


@dataclass(frozen=True, slots=True)
class Line:
    """What is written on one line of a box, on its left and on its right."""

    left: str
    right: str = ""
    size: float = SMALL

    @property
    def height(self) -> float:
        """How high it is."""
        return _NAME_LINE if self.size == NAME else _LINE


def count(node: Node) -> str:
    """Return how many parameters a node has, in words."""
    return f"{node.parameters:,} parameter{'' if node.parameters == 1 else 's'}" if node.parameters else ""


def told(node: Node) -> str:
    """Return all that there is to say of a node, in one line, however long."""
    return "; ".join(filter(None, (node.name, ", ".join(node.settings), node.shape, count(node))))


def box_width(nodes: Iterable[Node]) -> float:
    """Return the width of all boxes of a picture: that of the longest text, but within limits."""
    found = [_NARROWEST]
    for node in nodes:
        below = width(node.shape, SMALL) + width(count(node), SMALL) + (_BETWEEN if node.parameters else 0)
        found.append(LEFT + RIGHT + max(width(node.name, NAME, bold=True), below))
        found.append(LEFT + RIGHT + width(", ".join(node.settings), SMALL))
    return float(round(min(max(found), _WIDEST)))


def written(node: Node, room: float) -> list[Line]:
    """Return the lines of a box of some width."""
    room -= LEFT + RIGHT
    found = [Line(cut(node.name, room, NAME, bold=True), size=NAME)]
    found += [Line(text) for text in lines(node.settings, room, SMALL, _MOST_LINES)]
    shape, parameters = cut(node.shape, room, SMALL), count(node)
    if width(shape, SMALL) + _BETWEEN + width(parameters, SMALL) <= room:
        found.append(Line(shape, parameters))
    else:
        found += [Line(shape), *([Line(cut(parameters, room, SMALL))] if parameters else [])]
    return found


def height(written: Iterable[Line]) -> float:
    """Return the height of a box with these lines."""
    return _ABOVE + _BELOW + sum(line.height for line in written)


def lettered(written: Iterable[Line], x: float, y: float, box: float) -> Iterator[Text]:
    """Yield the texts of a box with its left upper corner at x and y."""
    y += _ABOVE
    for line in written:
        base = y + line.height - 4.0
        name = line.size == NAME
        yield Text(x + LEFT, base, line.left, line.size, bold=name, soft=not name)
        if line.right:
            yield Text(x + box - RIGHT, base, line.right, line.size, soft=True, end=True)
        y += line.height
