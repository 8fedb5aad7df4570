"""Recordings: where the frames come from that models learn from and are judged by."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.runs.origin import GIVEN
from swapbench_models.can.windows.windows import Windows


@dataclass(frozen=True)
class Part:
    """The recordings of a data set that are learned from, or those of one scenario, read when they are first asked for.

    `digest` is of all that decides what they hold, and cheap beside reading them.
    """

    name: str
    _digest: Callable[[], str]
    _read: Callable[[], Sequence[Frames]]

    @cached_property
    def digest(self) -> str:
        return self._digest()

    @cached_property
    def windows(self) -> Windows:
        return Windows(tuple(self._read()))


@dataclass(frozen=True)
class Dataset:
    """The recordings of a data set: those that are learned from, and by scenario those that nothing is learned from.

    `told` says in words where they come from, and `published` that they may be those which figures of others are of.
    """

    name: str
    training: Part
    scenarios: Mapping[str, Part]
    told: str = GIVEN
    published: bool = False


class Recordings(Protocol):
    """Data sets by name."""

    def dataset(self, name: str) -> Dataset:
        """Return a data set; raises CanError where there is none of this name."""
