"""Nodes: what is drawn as a box, one for each layer, input and output."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Node:
    """A layer, an input or an output: what is said of it, the value that it leaves, and the values that it takes.

    Values have numbers, each that of the one node that leaves it. `kind` is one of `colours.KINDS`, `at` the offset of
    its layer in the text.
    """

    kind: str
    name: str
    settings: tuple[str, ...]
    shape: str
    parameters: int
    value: int
    takes: tuple[int, ...]
    at: int = -1

    @property
    def made(self) -> frozenset[int]:
        """The values that come from it."""
        return frozenset((self.value,))

    @property
    def end(self) -> bool:
        """Whether it is where the network begins or ends."""
        return self.kind in {"input", "output"}

    @property
    def said(self) -> tuple[object, ...]:
        """All that the picture says of it by itself."""
        return self.kind, self.name, self.settings, self.shape, self.parameters


@dataclass(frozen=True)
class Frame:
    """Units with a title round them, which stand for so many copies of themselves one after another."""

    title: str
    units: "tuple[Unit, ...]"
    times: int = 1
    at: int = -1

    @cached_property
    def made(self) -> frozenset[int]:
        """The values that come from within."""
        return made(self.units)

    @cached_property
    def takes(self) -> tuple[int, ...]:
        """The values that come in."""
        return taken(self.units)


@dataclass(frozen=True)
class Lanes:
    """Units side by side: each lane is some units one after another, and no lane takes what another leaves."""

    lanes: "tuple[tuple[Unit, ...], ...]"

    @cached_property
    def made(self) -> frozenset[int]:
        """The values that come from within."""
        return frozenset().union(*map(made, self.lanes))

    @cached_property
    def depth(self) -> int:
        """How many lanes are within one another, of these."""
        return 1 + max((unit.depth for lane in self.lanes for unit in lane if isinstance(unit, Lanes)), default=0)

    @cached_property
    def takes(self) -> tuple[int, ...]:
        """The values that come in."""
        return tuple(dict.fromkeys(value for lane in self.lanes for value in taken(lane)))


Unit = Node | Frame | Lanes
Units = tuple[Unit, ...]


def made(units: Units) -> frozenset[int]:
    """Return the values that come from some units."""
    return frozenset().union(*(unit.made for unit in units))


def taken(units: Units) -> tuple[int, ...]:
    """Return the values that some units take from elsewhere, in the order in which they need them."""
    own = made(units)
    return tuple(dict.fromkeys(value for unit in units for value in unit.takes if value not in own))


def nodes(units: Units) -> Iterator[Node]:
    """Yield all nodes in the order of the text."""
    waiting = [*reversed(units)]
    while waiting:
        unit = waiting.pop()
        match unit:
            case Node():
                yield unit
            case Frame(units=inner):
                waiting += reversed(inner)
            case Lanes(lanes):
                waiting += (each for lane in reversed(lanes) for each in reversed(lane))


def renamed(units: Units, names: Mapping[int, int]) -> Units:
    """Return units that take other values in place of some."""
    if not names:
        return units
    found: list[Unit] = []
    for unit in units:
        match unit:
            case Node(kind, name, settings, shape, parameters, value, takes, at):
                now = tuple(dict.fromkeys(names.get(each, each) for each in takes))
                found.append(Node(kind, name, settings, shape, parameters, value, now, at))
            case Frame(title, inner, times, at):
                found.append(Frame(title, renamed(inner, names), times, at))
            case Lanes(lanes):
                found.append(Lanes(tuple(renamed(lane, names) for lane in lanes)))
    return tuple(found)
