"""The local engine: runs requests in children of this machine, one at a time for each worker."""

import os
import select
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import IO, Any

from harness.plan.backend import Backend
from harness.run.channel import Channel
from harness.run.environment import variables
from harness.run.interpreter import command
from harness.run.lease import Slot
from harness.run.probes import oom_kills
from harness.run.request import Request

_GRACE_S = 3.0
_START_S = 600.0
_TAIL_BYTES = 4096
_READ_BYTES = 65536
_ALLOCATION_FAILED = ("std::bad_alloc", "Cannot allocate memory", "MemoryError")


@dataclass(frozen=True)
class Outcome:
    """How a request ended.

    `status` is one of ok, failed, invalid, crashed, timeout, oom; `reason` says why it is not ok; `refused` that the
    request itself could not be used; `answer` is what the child said; `elapsed_s` what it all took, without
    `queued_s` of waiting for the machine; `output` the end of what it printed; `server` the name of the fork server it
    came from.
    """

    status: str
    reason: str
    answer: dict[str, Any]
    elapsed_s: float
    queued_s: float
    output: str
    server: str = ""

    @property
    def refused(self) -> bool:
        return bool(self.answer.get("refused"))


@dataclass
class LocalEngine:
    """Runs requests on this machine in one slot, with a fork server for each backend that is asked for."""

    slot: Slot
    threads: int
    seed: int
    start: str = "fork" if sys.platform == "linux" else "spawn"
    _servers: dict[str, "_Server"] = field(default_factory=dict)

    def run(self, request: Request, backend: Backend, timeout_s: float, preload: tuple[str, ...] = ()) -> Outcome:
        """Run one request in a fresh child; `preload` are modules of its own that its fork server imports too.

        The time-out bounds the child's own time; waiting for the slot and the machine does not count.
        """
        queue = time.monotonic()
        with self.slot.held():
            queued_s = time.monotonic() - queue
            server = self._server(backend, preload)
            with tempfile.TemporaryFile() as output:
                outcome = _Round(self.slot, server, request, timeout_s, output, queued_s).run()
            return replace(outcome, server=server.name)

    def start_method(self, backend: Backend) -> str:
        """Return how children of a backend are started: fork, or spawn where forking is not possible."""
        server = self._servers.get(backend.name)
        return server.start if server else self.start

    def close(self) -> None:
        """End the fork servers."""
        for server in self._servers.values():
            server.close()
        self._servers.clear()

    def _server(self, backend: Backend, preload: tuple[str, ...]) -> "_Server":
        server = self._servers.get(backend.name)
        if server is not None and not (server.alive and set(preload) <= set(server.preload)):
            server.close()
            preload = tuple({*server.preload, *preload})
            server = None
        if server is None:
            with _affinity(self.slot.cpus):
                server = _Server(backend, preload, variables(backend, self.threads, self.seed), self.start)
            self._servers[backend.name] = server
        return server


class _Server:
    """The parent's end of a fork server."""

    def __init__(self, backend: Backend, preload: tuple[str, ...], environment: dict[str, str], start: str) -> None:
        self.preload, self.name = preload, uuid.uuid4().hex[:8]
        self.channel, theirs = Channel.pair()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the server
        self._process = subprocess.Popen(
            command("harness.run.server", str(theirs.fileno())),
            env=environment,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,
        )
        theirs.close()
        self.channel.send({"preload": [*backend.preload, *preload], "start": start})
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        up = self.channel.receive() if poll.poll(_START_S * 1000) else None
        self.start = str(up["start"]) if up else start
        self.down = "" if up else _tail(self._errors)

    @property
    def alive(self) -> bool:
        return not self.down and self._process.poll() is None

    def close(self) -> None:
        """End the server, and whatever child it has."""
        self.channel.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


@dataclass
class _Round:
    """One child, from its start to its end, seen from the parent, which sleeps in poll() all the while."""

    slot: Slot
    server: _Server
    request: Request
    timeout_s: float
    output: IO[bytes]
    queued_s: float
    answer: dict[str, Any] = field(default_factory=dict)
    code: int | None = None
    expired: bool = False
    _turn: ExitStack = field(default_factory=ExitStack)

    def run(self) -> Outcome:
        if self.server.down:
            return Outcome("crashed", "its fork server did not start", {}, 0.0, self.queued_s, self.server.down)
        began, kills = time.monotonic(), oom_kills()
        try:
            with self._turn:
                waited = self._follow(began)
        except BaseException:
            self.server.close()  # and with it the child, which nobody follows any more
            raise
        elapsed_s = time.monotonic() - began - waited
        output = _tail(self.output)
        status, reason = self._verdict(oom_kills() > kills, output)
        return Outcome(status, reason, self.answer, elapsed_s, self.queued_s + waited, output)

    def _follow(self, began: float) -> float:
        """Let the child run, taking the machine for its timed section; return the time spent waiting for that."""
        ours, theirs = Channel.pair()
        self.server.channel.send({"event": "start"}, (theirs.fileno(), self.output.fileno()))
        theirs.close()
        ours.send(self.request.as_dict())
        waited = 0.0
        deadline = began + self.timeout_s
        poll = select.poll()
        poll.register(self.server.channel.fileno(), select.POLLIN)
        poll.register(ours.fileno(), select.POLLIN)
        try:
            while self.code is None:
                left = deadline - time.monotonic()
                ready = {source for source, _ in poll.poll(max(0.0, left * 1000))}
                if not ready:
                    self._expire()
                    deadline = time.monotonic() + _GRACE_S
                if ours.fileno() in ready:
                    pause = self._hear(ours, poll)
                    waited += pause
                    deadline += pause
                elif self.server.channel.fileno() in ready:
                    news = self.server.channel.receive()
                    self.code = news["code"] if news else -signal.SIGKILL
                    if news is None:
                        self.server.close()  # it died; the next round starts another
        finally:
            ours.close()
        return waited

    def _hear(self, ours: Channel, poll: select.poll) -> float:
        """Take what the child has sent, all that has arrived; return the time it had to wait for the machine."""
        waited = 0.0
        while True:
            message = ours.receive()
            if message is None:
                poll.unregister(ours.fileno())
                return waited
            if message["event"] == "ready":
                queue = time.monotonic()
                self._turn.enter_context(self.slot.timed())
                waited += time.monotonic() - queue
                ours.send({"event": "go"})
            elif message["event"] == "timed":
                self._turn.close()
            else:
                self.answer = message
            if not ours.pending:
                return waited

    def _expire(self) -> None:
        """Ask the child to end, and the second time make it."""
        self.server.channel.send({"event": "kill", "signal": signal.SIGKILL if self.expired else signal.SIGTERM})
        self.expired = True

    def _verdict(self, oom_killed: bool, output: str) -> tuple[str, str]:
        if self.answer:
            return self.answer["status"], self.answer.get("reason", "")
        if self.expired:
            return "timeout", f"it did not finish within {self.timeout_s:g} s"
        if self.code == -signal.SIGKILL and oom_killed:
            return "oom", "the kernel killed it for want of memory"
        if any(sign in output for sign in _ALLOCATION_FAILED):
            return "oom", "it could not allocate more memory and aborted"
        if self.code is not None and self.code < 0:
            return "crashed", f"it was ended by signal {-self.code} ({signal.Signals(-self.code).name})"
        return "crashed", f"it exited with code {self.code} without an answer"


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


def _tail(stream: IO[bytes]) -> str:
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - _READ_BYTES))
    kept = [line for line in stream.read().splitlines(keepends=True) if not line.startswith(b"Extension modules: ")]
    return b"".join(kept)[-_TAIL_BYTES:].decode(errors="replace").strip()
