"""Nodes: what happens of an order on the machine that executes it, in a worker of Ray's.

Nothing is measured here: the worker takes cores that are free, has a LocalEngine execute the jobs on them, and keeps
that for the orders to come, with the fork servers that it has started.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.run.cache import Cache, seal_of
from swapbench.run.cluster import footing
from swapbench.run.cluster.footing import Footing
from swapbench.run.cluster.order import Order
from swapbench.run.job import Job
from swapbench.run.lease import Slot, taken
from swapbench.run.local import LocalEngine
from swapbench.run.settings import Settings

# Where a node keeps data and models of its own; where it is not set, a folder of this user for as long as the machine
# runs.
STORE = "SWAPBENCH_NODE_STORE"
# What tells the processes of a cluster of ours from all others.
MARK = "SWAPBENCH_RAY"
_OF_RAY = ("SPT_NOENV", "PYTHONBREAKPOINT", MARK)

Event = dict[str, Any]


def execute(home: str, planned: str, order: str) -> Iterator[str]:
    """Execute an order, given as JSON like all else, and yield what has become of it, event by event.

    `home` is where the orders were planned (see Home), `planned` what this one stands on there.
    """
    try:
        station = _station(home)
        for event in station.execute(Order.from_dict(json.loads(order)), Footing.from_dict(json.loads(planned))):
            yield json.dumps(event)
    except (SwapError, OSError) as error:  # of a cell's own troubles none is raised
        yield json.dumps({"event": "unfit", "why": str(error).rstrip(".")})


@cache
def _station(home: str) -> "Station":
    return Station(json.loads(home))


class Station:
    """What a worker keeps from order to order; `home` has the settings of the run, and the folder and the path of
    modules of the process that plans."""

    def __init__(self, home: dict[str, Any]) -> None:
        self._settings = Settings.from_dict(home["settings"])
        self._home = home["folder"], home["paths"]
        self._own = os.getcwd(), [path for path in sys.path if not _is_rays(path)]
        self._settled = False
        self._inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("RAY_") and name not in _OF_RAY
        }
        self._engine: LocalEngine | None = None
        self._slot: Slot | None = None
        with suppress(PermissionError):  # Ray starts its workers behind all others, as who measures must not be
            os.setpriority(os.PRIO_PROCESS, 0, 0)

    def execute(self, order: Order, planned: Footing) -> Iterator[Event]:
        jobs = list(map(Job.from_dict, order.jobs))
        differing = self._differing(jobs, planned)
        if differing is not None:
            yield {"event": "unfit", "why": differing}
            return
        cache = self._cache(jobs[0], order.seal)
        with taken(self._settings.slot.mode, order.cpus, self._slot.cpus if self._slot else ()) as slot:
            engine = self._engine_on(slot)
            yield {"event": "began"}
            placed = [job.each(lambda request: request.placed(slot.cpus, str(cache.folder))) for job in jobs]
            yield {"event": "done", "values": engine.result(*placed)}

    def _engine_on(self, slot: Slot) -> LocalEngine:
        """Return the engine of some cores: that of the last order where they are the same."""
        if self._engine is None or self._slot is None or self._slot.cpus != slot.cpus:
            if self._engine is not None:
                self._engine.close()
            self._engine = LocalEngine(replace(self._settings, slot=slot), lambda _: None, self._inherited)
        self._slot = slot
        return self._engine

    def _differing(self, jobs: Sequence[Job], planned: Footing) -> str | None:
        """Say what of the code differs from where the jobs were planned. It is looked for in the folder that it was
        planned in, where this node has the same, and else in what was sent along."""
        if self._settled:
            return planned.difference(Footing.of(jobs[0]))
        differing = None
        for folder, paths in (self._home, self._own):
            if not Path(folder).is_dir():
                continue
            os.chdir(folder)
            sys.path[:] = paths
            footing.forget()
            differing = planned.difference(Footing.of(jobs[0]))
            if differing is None:
                self._settled = True
                break
        return differing

    def _cache(self, job: Job, seal: str) -> Cache:
        """Return the cache of this node: the one that the jobs were planned with, where it is seen to be the same from
        here, or one of its own."""
        own = os.environ.get(STORE)
        planned = Path(job.request.cache)
        if own is None and seal and seal_of(planned / job.request.data) == seal:
            return Cache(planned)
        return Cache(_own_store(own) / "cache")


def _own_store(named: str | None) -> Path:
    """Return the folder in which this node keeps what it makes; raises SwapError where others could write to it, for
    what lies there is executed."""
    folder = Path(named or Path(tempfile.gettempdir()) / f"swapbench-node-{os.getuid()}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    told = folder.stat()
    if told.st_uid != os.getuid() or told.st_mode & 0o022:
        raise SwapError(
            f"{folder}, for what it makes, is not this user's alone; name another folder with {STORE} where the node "
            f"is started on {platform.node()}"
        )
    return folder


def _is_rays(path: str) -> bool:
    """Tell whether a folder is one that Ray has put where modules are looked for, for itself."""
    return any(part in path for part in ("/ray/thirdparty_files", "/ray/_private/workers"))
