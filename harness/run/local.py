"""The local engine: runs requests in children of this machine, in one slot for each worker."""

import os
import sys
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field

from harness.plan.backend import Backend
from harness.run.environment import variables
from harness.run.forks import Forks
from harness.run.heat import Heat
from harness.run.lease import Slot
from harness.run.task import Outcome, Task
from harness.run.waiting import Aloud, OnStderr


@dataclass
class LocalEngine:
    """Runs requests on this machine in one slot, with a fork server for each backend that is asked for; `tell` is
    given a sentence when another run keeps it waiting."""

    slot: Slot
    threads: int
    seed: int
    start: str = "fork" if sys.platform == "linux" else "spawn"
    tell: Callable[[str], None] = field(default_factory=OnStderr)
    _servers: dict[str, Forks] = field(default_factory=dict)

    def run(self, *tasks: Task) -> list[Outcome]:
        """Run each task, all of one backend, in a fresh child, and return how they ended.

        The time-out bounds a child's own time; waiting for its turn, the slot and the machine does not count.
        """
        queue = time.monotonic()
        waiting = Aloud(self.tell)
        with self.slot.held(waiting):
            queued_s = time.monotonic() - queue
            server = self._server(tasks[0].backend, {module for task in tasks for module in task.preload})
            return Heat(self.slot, server, tasks, queued_s, waiting).run()

    def start_method(self, backend: Backend) -> str:
        """Return how children of a backend are started: fork, or spawn where forking is not possible."""
        server = self._servers.get(backend.name)
        return server.start if server else self.start

    def close(self) -> None:
        """End the fork servers."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def _server(self, backend: Backend, preload: Set[str]) -> Forks:
        server = self._servers.get(backend.name)
        if server is not None and not (server.alive and preload <= set(server.preload)):
            server.close()
            preload = {*server.preload, *preload}
            server = None
        if server is None:
            with _affinity(self.slot.cpus):
                server = Forks(backend, tuple(preload), variables(backend, self.threads, self.seed), self.start)
            self._servers[backend.name] = server
        return server


@contextmanager
def _affinity(cpus: tuple[int, ...]) -> Iterator[None]:
    """Start processes on some cores only: what is started inside begins its life there."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
