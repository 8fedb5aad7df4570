"""Orders: jobs as they are handed to a cluster, with all that decides where and when they may be executed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from swapbench.run.job import Job


@dataclass(frozen=True)
class Order:
    """The sides of one comparison, mostly one job alone, to be executed together on one node.

    `number` is its place among all orders of a run. It needs so many `cpus` and `gpus`, and `memory` bytes (0: not
    known). It `makes` artefacts, or needs them, by their keys: of several orders with one in common the first makes it
    and the others wait for that. All that bear the same name `together` are executed on the same node, if it is not
    lost: their times will be compared (empty: anywhere). `footing` is the digest of what it stands on, and `seal` that
    of its data as it was prepared where it was planned.
    """

    number: int
    jobs: tuple[dict[str, Any], ...]
    cells: tuple[str, ...]
    cpus: int
    gpus: int
    memory: int
    makes: frozenset[str]
    together: str
    footing: str
    seal: str

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "makes": sorted(self.makes)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Order":
        """Read what as_dict gave, from JSON too."""
        lists = {name: tuple(values[name]) for name in ("jobs", "cells")}
        return cls(**{**values, **lists, "makes": frozenset(values["makes"])})


def artefacts(sides: Sequence[Job]) -> frozenset[str]:
    """Return the keys of all artefacts that jobs start from, or leave behind."""
    made = [side.request.fitted for side in sides if side.request.phase.get("name") == "fit"]
    own = [side.own.key for side in sides if side.own is not None]
    return frozenset([*made, *own, *(need.key for side in sides for need in side.needs)])
