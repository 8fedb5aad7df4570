"""Nodes: what happens of an order on the machine that executes it, in a worker of Ray's.

Nothing is measured here: the worker takes cores that are free, has a LocalEngine execute the jobs on them, and keeps
that for the orders to come, with the fork servers that it has started.
"""

import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.base.waiting import others
from swapbench.run.cache import Cache, read_description, seal_of
from swapbench.run.cluster import footing
from swapbench.run.cluster.footing import Footing
from swapbench.run.cluster.order import Order
from swapbench.run.cluster.supply import receive
from swapbench.run.job import Job
from swapbench.run.lease import Slot, lock_of, taken
from swapbench.run.local import LocalEngine
from swapbench.run.machine import cores
from swapbench.run.provisions import Provisions
from swapbench.run.settings import Settings

# The folder in which a node keeps data and models. Where it is set, the node relies on nothing but what it is sent;
# where it is not, it uses what it sees of the planner's folders, and keeps the rest among temporary files.
STORE = "SWAPBENCH_NODE_STORE"
# What tells the processes of a cluster of ours from all others.
MARK = "SWAPBENCH_RAY"
_OF_RAY = ("SPT_NOENV", "PYTHONBREAKPOINT", MARK)

_PATIENCE_S = 2.0
_PAUSE_S = 0.1

Event = dict[str, Any]


def execute(home: str, planned: str, order: str, supplies: str = "[]", *pieces: bytes) -> Iterator[str]:
    """Execute an order, given as JSON like all else, and yield what has become of it, event by event.

    `home` is where the orders were planned (see Station), `planned` what this one stands on there; `supplies` are the
    manifests of data that this node lacked, and `pieces` the contents of all their files.
    """
    try:
        station = _station(home)
        task = Order.from_dict(json.loads(order)), Footing.from_dict(json.loads(planned))
        for event in station.execute(*task, json.loads(supplies), pieces):
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
        self._alone = STORE in os.environ
        own = os.getcwd(), [path for path in sys.path if not _is_rays(path)]
        self._places = [own] if self._alone else [(home["folder"], home["paths"]), own]
        self._settled = False
        self._engine: LocalEngine | None = None
        self._slot: Slot | None = None
        self._inherited: dict[str, str] = {}
        with suppress(PermissionError):  # Ray starts its workers behind all others, as who measures must not be
            os.setpriority(os.PRIO_PROCESS, 0, 0)

    def execute(
        self, order: Order, planned: Footing, supplies: Sequence[dict[str, Any]], pieces: Sequence[bytes]
    ) -> Iterator[Event]:
        """Yield that the order has begun, when it has cores, and what has come of it; or why it cannot be executed
        here."""
        jobs = list(map(Job.from_dict, order.jobs))
        differing = self._differing(jobs, planned)
        if differing is not None:
            yield {"event": "unfit", "why": differing}
            return
        cache = self._cache(jobs[0], order.seals)
        _unpack(cache, supplies, pieces)
        with ExitStack() as held:
            slot = yield from self._took(order.cpus, held)
            engine = self._engine_on(slot)
            yield {"event": "began"}
            placed = [job.each(lambda request: request.placed(slot.cpus, str(cache.folder))) for job in jobs]
            lacking = [] if supplies else self._lacking(engine.provisions, placed, order.seals)
            if lacking:
                yield {"event": "lacks", "keys": lacking}
            else:
                yield {"event": "done", "values": engine.result(*placed)}

    def _took(self, threads: int, held: ExitStack) -> Generator[Event, None, Slot]:
        """Return a slot on free cores, those of the last order if they are, when there are enough; yield who keeps it
        waiting for more than a moment."""
        before, began_s = self._slot.cpus if self._slot else (), time.monotonic()
        told = False
        while True:
            with ExitStack() as tried:
                slot = tried.enter_context(taken(self._settings.slot.mode, threads, before))
                if slot is not None:
                    held.push(tried.pop_all())
                    return slot
            if not told and time.monotonic() - began_s > _PATIENCE_S:
                told, whom = True, others(map(lock_of, cores()))
                if whom:
                    yield {"event": "waits", "whom": whom}
            time.sleep(_PAUSE_S)  # and not asleep in the kernel until one certain core is free: any other may be first

    def _engine_on(self, slot: Slot) -> LocalEngine:
        """Return the engine of some cores: that of the last order where they, and the variables, are the same. Ray says
        by a variable which devices an order may use."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith("RAY_") and name not in _OF_RAY
        }
        if self._engine is None or self._slot is None or (self._slot.cpus, self._inherited) != (slot.cpus, inherited):
            if self._engine is not None:
                self._engine.close()
            self._engine = LocalEngine(replace(self._settings, slot=slot), lambda _: None, inherited)
        self._slot, self._inherited = slot, inherited
        return self._engine

    @staticmethod
    def _lacking(provisions: Provisions, jobs: Sequence[Job], seals: Mapping[str, str]) -> list[str]:
        """Return the keys of the data that jobs need and that is neither here nor could be prepared, so that it is what
        was planned with."""
        lacking: dict[str, None] = {}
        for job in jobs:
            request = job.preparation
            entry = Path(request.cache) / request.data
            if seal_of(entry) == seals[request.data]:
                provisions.accept(request)
            elif provisions.data(request) is not None or read_description(entry)["sha256"] != job.data:
                lacking[request.data] = None
        return list(lacking)

    def _differing(self, jobs: Sequence[Job], planned: Footing) -> str | None:
        """Say what of the code differs from where the jobs were planned. It is looked for in the folder that it was
        planned in, where this node has the same, and else in what was sent along."""
        if self._settled:
            return planned.difference(Footing.of(*jobs))
        first = None
        for folder, paths in self._places:
            if not Path(folder).is_dir():
                continue
            os.chdir(folder)
            sys.path[:] = paths
            footing.forget()
            differing = planned.difference(Footing.of(*jobs))
            if differing is None:
                self._settled = True
                return None
            first = first or differing
        return first

    def _cache(self, job: Job, seals: Mapping[str, str]) -> Cache:
        """Return the cache of this node: the one that the jobs were planned with, where it is seen to be the same from
        here, or one of its own."""
        planned = Path(job.request.cache)
        if not self._alone and all(seal_of(planned / key) == seal for key, seal in seals.items()):
            return Cache(planned)
        return Cache(own_store() / "cache")


def _unpack(cache: Cache, supplies: Sequence[dict[str, Any]], pieces: Sequence[bytes]) -> None:
    """Put data that was sent along into the cache."""
    start = 0
    for sent in supplies:
        end = start + sum(file["pieces"] for file in sent["files"].values())
        receive(cache, sent, pieces[start:end])
        start = end


def own_store() -> Path:
    """Return the folder in which this node keeps what it makes; raises SwapError where others could write to it, for
    what lies there is executed."""
    folder = Path(os.environ.get(STORE) or Path(tempfile.gettempdir()) / f"swapbench-node-{os.getuid()}")
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
