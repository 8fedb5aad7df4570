"""Orders: jobs as they are handed to a cluster, with all that decides where and when they may be executed."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swapbench.base import units
from swapbench.plan.backend import Backend
from swapbench.run.backends import adapter
from swapbench.run.backends.adapter import Adapter
from swapbench.run.cache import seal_of
from swapbench.run.environment import accelerators
from swapbench.run.job import Job


@dataclass(frozen=True)
class Order:
    """The sides of one comparison, mostly one job alone, to be executed together on one node.

    `number` is its place among all orders of a run. It needs so many `cpus` and `gpus`, and `memory` bytes (0: not
    known). It `makes` artefacts, or needs them, by their keys: of several orders with one in common the first makes it
    and the others wait for that. All that bear the same name `together` are executed on the same node, if it is not
    lost: their times will be compared (empty: anywhere). `footing` is the digest of what it stands on, and `seals` are
    those of its data, by the keys, as it was prepared where the orders were planned.
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
    seals: dict[str, str]

    @property
    def wants(self) -> str:
        """What it needs of a node, in words."""
        wanted = [(self.cpus, units.counted(self.cpus, "processor")), (self.gpus, units.counted(self.gpus, "GPU"))]
        wanted.append((self.memory, f"{units.mebibytes(self.memory)} of memory"))
        return ", ".join(words for count, words in wanted if count)

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "makes": sorted(self.makes)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Order":
        """Read what as_dict gave, from JSON too."""
        lists = {name: tuple(values[name]) for name in ("jobs", "cells")}
        return cls(**{**values, **lists, "makes": frozenset(values["makes"])})


def ordered(number: int, sides: Sequence[Job], footing: str, *, apart: bool) -> Order:
    """Return the order of some sides. Cells that may be `apart` go anywhere, but for those that stand on the same
    models, which are made where they go; all others go where those of their fold go."""
    first = sides[0]
    needed = ",".join(sorted(need.key for need in first.needs))
    cell = first.cell
    return Order(
        number=number,
        jobs=tuple(side.as_dict() for side in sides),
        cells=tuple(str(side.cell) for side in sides),
        cpus=max(side.request.threads for side in sides),
        gpus=max(_gpus(side.request.backend) for side in sides),
        memory=sum(side.request.memory_limit or 0 for side in sides),
        makes=_artefacts(sides),
        together=needed if apart else f"{cell.suite} on {cell.dataset}, fold {cell.fold}",
        footing=footing,
        seals={side.request.data: seal_of(Path(side.request.cache) / side.request.data) or "" for side in sides},
    )


def _artefacts(sides: Sequence[Job]) -> frozenset[str]:
    """Return the keys of all artefacts that jobs start from, or leave behind."""
    made = [side.request.fitted for side in sides if side.request.phase.get("name") == "fit"]
    own = [side.own.key for side in sides if side.own is not None]
    return frozenset([*made, *own, *(need.key for side in sides for need in side.needs)])


def _gpus(backend: Backend) -> int:
    """Return how many GPUs a backend uses: one, where there are some here and its adapter knows devices."""
    names = [name for name in accelerators(backend.adapter) if "=" not in name]
    return int(bool(names) and type(adapter(backend.adapter)).device is not Adapter.device)
