"""Grids: aligned columns that fit a width; what is too wide for one grid becomes several, one under the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from swapbench.show.ink import GOOD, HEAD, Ink, plain
from swapbench.show.paragraph import one_line, wrapped

_GAP = "  "


@dataclass(frozen=True)
class Column:
    """A heading over cells of equally many parts, each part aligned to the right of its own width.

    The last part are marks, which stand outside: the figures of a column end in one line.
    """

    heading: str
    cells: Sequence[Sequence[str]]

    @property
    def width(self) -> int:
        return cell_len(self.lines(plain)[0])

    def lines(self, ink: Ink) -> list[str]:
        """Return the heading and the cells, all of one width."""
        *parts, marks = zip(*self.cells, strict=True)
        figures = [" ".join(filter(None, line)) for line in zip(*map(_right, parts), strict=True)]
        head, *figures = _right([one_line(self.heading), *figures])
        if not any(marks):
            return [head, *figures]
        room = max(map(cell_len, marks))
        shown = [ink(mark, GOOD) + " " * (room - cell_len(mark)) for mark in marks]
        return [f"{head} {' ' * room}", *(f"{figure} {mark}" for figure, mark in zip(figures, shown, strict=True))]


Tree = Column | Sequence["Tree"]  # columns that belong together are a branch, parted only where it alone is too wide


@dataclass(frozen=True)
class _Labels:
    """The names at the left. Rows whose names are too long, all but the `kept`, have them on a line of their own."""

    names: Sequence[Sequence[str]]
    kept: frozenset[int]
    widths: Sequence[int]

    @property
    def width(self) -> int:
        return sum(self.widths) + len(_GAP) * (len(self.widths) - 1)

    def line(self, place: int | None) -> str:
        """Return the names of a row, or their room."""
        names = [""] * len(self.widths) if place is None else self.names[place]
        return _GAP.join(map(_left, names, self.widths))


def grids(
    headings: Sequence[str], names: Sequence[Sequence[str]], columns: Tree, width: int, ink: Ink = plain
) -> Iterator[list[str]]:
    """Yield the lines of each grid; every one has the names at its left.

    Long names may stand above their figures instead of beside them: of these ways the one with the fewest lines is
    taken.
    """
    table = [list(map(one_line, row)) for row in (headings, *names)]
    least = len(_GAP) + max((column.width for column in _leaves(columns)), default=0)
    ways: list[tuple[int, int, _Labels, list[list[Column]]]] = []
    for limit in (width - least, width // 2, width // 3):
        labels = _labels(table, min(limit, width - least))
        parts = list(_parted(columns, width - labels.width - len(_GAP)))
        lines = len(parts) * (1 + len(table) + len(table) - len(labels.kept))
        ways.append((lines, len(ways), labels, parts))
    _, _, labels, parts = min(ways, key=lambda way: way[:2])
    for part in parts:
        yield list(_drawn(labels, part, width, ink))


def _drawn(labels: _Labels, columns: Sequence[Column], width: int, ink: Ink) -> Iterator[str]:
    lines = [_GAP.join(line) for line in zip(*(column.lines(ink) for column in columns), strict=True)]
    for place, line in enumerate(lines):
        if place not in labels.kept:
            yield from (_cut(line, width) for line in wrapped(_GAP.join(labels.names[place]), width))
        text = f"{labels.line(place if place in labels.kept else None)}{_GAP}{line}".rstrip()
        yield text if place else ink(text, HEAD)
        if not place:
            yield "-" * (labels.width + sum(len(_GAP) + column.width for column in columns))


def _labels(names: Sequence[Sequence[str]], limit: int) -> _Labels:
    """Keep the headings, and as many names beside their figures as fit a limit, the shortest first."""
    order = sorted(range(1, len(names)), key=lambda place: sum(map(cell_len, names[place])))
    widths, kept = list(map(cell_len, names[0])), [0]
    for place in order:
        wider = [max(width, cell_len(name)) for width, name in zip(widths, names[place], strict=True)]
        if sum(wider) + len(_GAP) * (len(wider) - 1) > limit:
            break
        widths = wider
        kept.append(place)
    return _Labels(names, frozenset(kept), widths)


def _parted(columns: Tree, room: int) -> Iterator[list[Column]]:
    """Yield the columns of each grid: all, or each branch by itself, or as many of one branch as there is room for."""
    leaves = list(_leaves(columns))
    if _wide(leaves) <= room or isinstance(columns, Column):
        yield from [leaves] if leaves else []
    elif all(isinstance(branch, Column) for branch in columns):
        while leaves:
            count = max(1, sum(_wide(leaves[: number + 1]) <= room for number in range(len(leaves))))
            yield leaves[:count]
            leaves = leaves[count:]
    else:
        for branch in columns:
            yield from _parted(branch, room)


def _leaves(columns: Tree) -> Iterator[Column]:
    if isinstance(columns, Column):
        yield columns
    else:
        for branch in columns:
            yield from _leaves(branch)


def _wide(columns: Sequence[Column]) -> int:
    return sum(column.width + len(_GAP) for column in columns) - len(_GAP)


def _right(texts: Sequence[str]) -> list[str]:
    width = max(map(cell_len, texts), default=0)
    return [" " * (width - cell_len(text)) + text for text in texts]


def _left(text: str, width: int) -> str:
    return text + " " * (width - cell_len(text))


def _cut(text: str, width: int) -> str:
    """Return a name, the middle of which gives way to an ellipsis where it is wider than that: names differ in their
    ends as often as in their beginnings."""
    if len(text) > 4 * width:
        text = text[: 2 * width] + text[-2 * width :]
    shown, size = text, min(len(text), width)
    while cell_len(shown) > width:
        size -= 1
        half = size // 2
        shown = f"{text[: size - half]}…{text[len(text) - half :]}"
    return shown
