"""The supervisor: has requests executed in children of this machine, in one slot, and gives these the machine by turns.

A child asks for the machine before its timed section, and in step with others before each timed call again; it gets it
when all of them wait, in a fixed order. So a slow spell of the machine, which may last a millisecond or a minute, falls
on all alike.
"""

import select
import signal
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from math import isinf

from swapbench.base.waiting import Aloud, OnStderr, Waiting
from swapbench.plan.backend import Backend
from swapbench.run.channel import Channel
from swapbench.run.environment import variables
from swapbench.run.fork_server import ForkServer
from swapbench.run.lease import Slot
from swapbench.run.outcome import Outcome
from swapbench.run.probes import oom_kills
from swapbench.run.request import Request
from swapbench.run.supervised import Supervised

_Known = tuple[Backend, tuple[str, ...]]


@dataclass
class Supervisor:
    """Runs requests in one slot, with a fork server for each backend that is asked for; `tell` is given a sentence when
    another run keeps it waiting. Children have the variables of this process, unless they are to inherit others.

    A server is known by the whole declaration of its backend and by what it has imported, never by a name: what is
    measured in its children stands on both.
    """

    slot: Slot
    threads: int
    seed: int
    start: str = "fork"
    tell: Callable[[str], None] = field(default_factory=OnStderr)
    inherited: Mapping[str, str] | None = None
    _servers: dict[_Known, ForkServer] = field(default_factory=dict)

    def run(self, *requests: Request) -> list[Outcome]:
        """Execute each request in a fresh child, all at the same time, and return how they ended.

        The time-out bounds a child's own time; waiting for its turn, the slot and the machine does not count.
        """
        queue = time.monotonic()
        waiting = Aloud(self.tell)
        with self.slot.held(waiting):
            queued_s = time.monotonic() - queue
            self._make_room({_known(request) for request in requests})
            return _Group(self.slot, [self._server(request) for request in requests], waiting).run(requests, queued_s)

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

    def _server(self, request: Request) -> ForkServer:
        known = _known(request)
        server = self._servers.get(known)
        if server is not None and not server.alive:
            server.close()
            server = None
        if server is None:
            environment = variables(request.backend, self.threads, self.seed, self.inherited)
            server = ForkServer.on(self.slot.cpus, *known, environment, self.start)
            self._servers[known] = server
        return server


def _known(request: Request) -> _Known:
    return request.backend, request.preload


@dataclass
class _Group:
    """Children that live at the same time, each from its server, from their start to the end of the last, seen from the
    parent, which sleeps in poll() all the while."""

    slot: Slot
    servers: Sequence[ForkServer]
    waiting: Waiting
    _children: list[Supervised] = field(default_factory=list)
    _machine: ExitStack = field(default_factory=ExitStack)

    def run(self, requests: Sequence[Request], queued_s: float) -> list[Outcome]:
        """Let them run, and return how each ended."""
        broken = next((server for server in self.servers if server.down), None)
        if broken is not None:
            why = broken.down.splitlines()[-1].rstrip(".")
            down = Outcome("crashed", f"its fork server did not start: {why}", {}, 0.0, queued_s, broken.down)
            return [down for _ in requests]
        kills = oom_kills()  # the kernel says how many processes it has killed, not which
        with ExitStack() as files:
            try:
                for server, request in zip(self.servers, requests, strict=True):
                    self._start(server, request, files)
                with self._machine:
                    while any(child.code is None for child in self._children):
                        self._listen()
                        self._give_turn()
            except BaseException:
                for server in set(self.servers):
                    server.close()  # and with it the children, which nobody follows any more
                raise
            return [child.outcome(queued_s, oom_killed=oom_kills() > kills) for child in self._children]

    def _start(self, server: ForkServer, request: Request, files: ExitStack) -> None:
        output = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # ruff does not see that it is one
        ours, theirs = Channel.pair()
        files.callback(ours.close)
        number = len(self._children)
        server.tell({"event": "start", "child": number}, (theirs.fileno(), output.fileno()))
        theirs.close()  # with our copy of it open, nothing would tell us that the child has closed its own
        self._children.append(Supervised(number, server, request.timeout_s, ours, output, time.monotonic()))
        with suppress(BrokenPipeError):  # it died already, as the server will tell
            ours.send(request.as_dict())

    def _listen(self) -> None:
        """Sleep until a child or the server has news or a time-out is over, and take it in."""
        poll = select.poll()
        alive = [child for child in self._children if child.code is None]
        speaking = {child.server.channel for child in alive} | {child.channel for child in alive if child.taking_part}
        for source in speaking:
            poll.register(source.fileno(), select.POLLIN)
        deadline = min(child.deadline for child in alive)
        left_s = max(0.0, deadline - time.monotonic())
        ready = {source for source, _ in poll.poll(None if isinf(left_s) else left_s * 1000)}
        for child in alive:
            if child.channel.fileno() in ready and child.taking_part:
                child.hear()
            # Only where nobody has spoken: an answer that has come in counts, even if it was read a moment too late.
            elif not ready and child.deadline == deadline:
                child.expire()
        for server in {child.server for child in alive}:
            if server.channel.fileno() in ready:
                self._hear_server(server)

    def _hear_server(self, server: ForkServer) -> None:
        """Take the news of a server's children that have ended; when the server has ended, so have all of them."""
        own = [child for child in self._children if child.server is server]
        while True:
            news = server.channel.receive()
            for child in own:
                if child.code is None and (news is None or news["child"] == child.number):
                    _hear_out(child)
                    # The kernel kills the children of a server that dies, by this signal (PR_SET_PDEATHSIG).
                    child.end(news["code"] if news else -signal.SIGKILL)
            if news is None:
                server.close()
            if news is None or not server.channel.pending:
                return

    def _give_turn(self) -> None:
        """When all that take part wait, let the next of them on, or all once they have enough or have been timed."""
        waiting = [child for child in self._children if child.taking_part]
        # Whoever still works would be felt by the one that is let on, and calls that are compared must be neighbours.
        if not waiting or any(child.state in ("running", "blocked") for child in waiting):
            return
        ready = [child for child in waiting if child.state == "ready"]
        # None may stop before the others have enough, for each call needs one of the other side to be compared with.
        # Whoever stops says that it has been timed, and waits once more: what it does next would be felt, too.
        if not ready or all(child.enough for child in ready):
            for child in ready or waiting:
                child.go_on(stop=True)
            return
        if not any(child.turns for child in self._children):  # the first turn of all
            self._reserve({child.device for child in waiting if child.device})
        turn = min(ready, key=lambda child: child.turns)
        turn.turns += 1
        turn.go_on()

    def _reserve(self, devices: Set[str]) -> None:
        """Wait for the devices and then the machine, and have them until the last child has ended: it scores what it
        has been timed with, which others' timed sections would feel as much as they would feel those sections."""
        # In this order everywhere: who had the machine and waited for a device might wait for one who waits for the
        # machine.
        self._machine.enter_context(self.slot.leased(devices, self.waiting))
        self._machine.enter_context(self.slot.timed(self.waiting))


def _hear_out(child: Supervised) -> None:
    """Take what a child that has ended had sent, which may arrive after the news of its end."""
    poll = select.poll()
    poll.register(child.channel.fileno(), select.POLLIN)
    while child.taking_part and poll.poll(0):
        child.hear()
