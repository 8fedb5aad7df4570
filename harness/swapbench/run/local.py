"""The local engine: runs requests in children of this machine, in one slot for each worker."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from swapbench.plan.backend import Backend
from swapbench.run.environment import variables
from swapbench.run.forks import Forks
from swapbench.run.heat import Heat
from swapbench.run.lease import Slot
from swapbench.run.task import Outcome, Task
from swapbench.run.waiting import Aloud, OnStderr

_Known = tuple[Backend, tuple[str, ...]]


@dataclass
class LocalEngine:
    """Runs requests on this machine in one slot, with a fork server for each backend that is asked for; `tell` is
    given a sentence when another run keeps it waiting.

    A server is known by the whole declaration of its backend and by what it has imported, never by a name: what is
    measured in its children stands on both.
    """

    slot: Slot
    threads: int
    seed: int
    start: str = "fork"
    tell: Callable[[str], None] = field(default_factory=OnStderr)
    _servers: dict[_Known, Forks] = field(default_factory=dict)

    def run(self, *tasks: Task) -> list[Outcome]:
        """Run each task in a fresh child, all at the same time, and return how they ended.

        The time-out bounds a child's own time; waiting for its turn, the slot and the machine does not count.
        """
        queue = time.monotonic()
        waiting = Aloud(self.tell)
        with self.slot.held(waiting):
            queued_s = time.monotonic() - queue
            self._make_room({_known(task) for task in tasks})
            return Heat(self.slot, [self._server(task) for task in tasks], tasks, queued_s, waiting).run()

    def start_method(self, backend: Backend) -> str:
        """Return how children of a backend are started: fork, or spawn where forking is not possible."""
        return next((server.start for (known, _), server in self._servers.items() if known == backend), self.start)

    def close(self) -> None:
        """End the fork servers."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def _make_room(self, wanted: set[_Known]) -> None:
        """End servers that are not wanted now for others of the same name: each holds a library in memory."""
        names = {backend.name for backend, _ in wanted}
        for known in [known for known in self._servers if known not in wanted and known[0].name in names]:
            self._servers.pop(known).close()

    def _server(self, task: Task) -> Forks:
        known = _known(task)
        server = self._servers.get(known)
        if server is not None and not server.alive:
            server.close()
        if server is None or not server.alive:
            with _affinity(self.slot.cpus):
                environment = variables(task.backend, self.threads, self.seed)
                server = Forks(task.backend, task.preload, environment, self.start)
            self._servers[known] = server
        return server


def _known(task: Task) -> _Known:
    return task.backend, task.preload


@contextmanager
def _affinity(cpus: tuple[int, ...]) -> Iterator[None]:
    """Start processes on some cores only: what is started inside begins its life there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
