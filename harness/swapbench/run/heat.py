"""Heats: children that live at the same time and have the machine by turns.

A child asks for the machine before its timed section, and in step with others before each timed call again; it gets it
when all of them wait, in a fixed order. So a slow spell of the machine, which may last a millisecond or a minute, falls
on all alike.
"""

import select
import signal
import tempfile
import time
from collections.abc import Sequence, Set
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from math import inf, isinf
from typing import IO, Any, Literal

from swapbench.run.channel import Channel
from swapbench.run.forks import Forks, tail
from swapbench.run.lease import Slot
from swapbench.run.probes import oom_kills
from swapbench.run.task import Outcome, Task
from swapbench.run.waiting import Waiting, silently

_GRACE_S = 3.0
_ALLOCATION_FAILED = ("std::bad_alloc", "Cannot allocate memory", "MemoryError")


State = Literal["running", "blocked", "ready", "timed"]


@dataclass
class _Child:
    """One child as its parent knows it.

    `state` is what it does since `since`: it runs, waits for another process, is ready for its next turn, or has been
    timed and waits for the others. It would go on without a further call when all have `enough`, and needs a `device`
    for itself. Times in seconds.
    """

    number: int
    server: Forks
    timeout_s: float
    channel: Channel
    output: IO[bytes]
    since: float
    state: State = "running"
    enough: bool = False
    device: str | None = None
    left_s: float = field(init=False)
    ran_s: float = 0.0
    waited_s: float = 0.0
    turns: int = 0
    answer: dict[str, Any] = field(default_factory=dict)
    silent: bool = False
    code: int | None = None
    expired: bool = False

    def __post_init__(self) -> None:
        self.left_s = self.timeout_s

    @property
    def taking_part(self) -> bool:
        """Whether it has not given its answer yet and may still ask for the machine."""
        return self.code is None and not self.answer and not self.silent

    @property
    def deadline(self) -> float:
        return self.since + self.left_s if self.state == "running" else inf

    def hear(self, message: dict[str, Any]) -> None:
        """Take in what it says of itself."""
        event = message["event"]
        if event == "done":
            self.answer = message
            return
        self._count()
        self.state = "running" if event == "unblocked" else event
        self.enough = message.get("enough", False)
        self.device = message.get("device") or self.device

    def go_on(self, *, stop: bool = False) -> None:
        """Let it on: to its next call, or with `stop` to the end of its calls."""
        self._count()
        self.state = "running"
        with suppress(BrokenPipeError):  # it died while it waited
            self.channel.send({"event": "go", "stop": stop})

    def end(self, code: int) -> None:
        self._count()
        self.code = code

    def expire(self) -> None:
        """Allow it a moment more to end."""
        self._count()
        self.expired, self.left_s = True, _GRACE_S

    def _count(self) -> None:
        """Count the time since the last change as what it was."""
        now = time.monotonic()
        spent, self.since = now - self.since, now
        if self.state == "running":
            self.ran_s += spent
            self.left_s -= spent
        else:
            self.waited_s += spent

    def verdict(self, *, oom_killed: bool, output: str) -> tuple[str, str]:
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


@dataclass
class Heat:
    """The children of some tasks, each from its server, from their start to the end of the last, seen from the parent,
    which sleeps in poll() all the while."""

    slot: Slot
    servers: Sequence[Forks]
    tasks: Sequence[Task]
    queued_s: float
    waiting: Waiting = silently
    _children: list[_Child] = field(default_factory=list)
    _machine: ExitStack = field(default_factory=ExitStack)

    def run(self) -> list[Outcome]:
        """Let them run, and return how each ended."""
        broken = next((server for server in self.servers if server.down), None)
        if broken is not None:
            down = Outcome("crashed", "its fork server did not start", {}, 0.0, self.queued_s, broken.down)
            return [down for _ in self.tasks]
        kills = oom_kills()
        with ExitStack() as files:
            try:
                for server, task in zip(self.servers, self.tasks, strict=True):
                    self._start(server, task, files)
                with self._machine:
                    while any(child.code is None for child in self._children):
                        self._listen()
                        self._give_turn()
            except BaseException:
                for server in set(self.servers):
                    server.close()  # and with it the children, which nobody follows any more
                raise
            return [self._outcome(child, oom_killed=oom_kills() > kills) for child in self._children]

    def _start(self, server: Forks, task: Task, files: ExitStack) -> None:
        output = files.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # ruff does not see that it is one
        ours, theirs = Channel.pair()
        files.callback(ours.close)
        number = len(self._children)
        server.channel.send({"event": "start", "child": number}, (theirs.fileno(), output.fileno()))
        theirs.close()
        self._children.append(_Child(number, server, task.timeout_s, ours, output, time.monotonic()))
        with suppress(BrokenPipeError):  # it died already, as the server will tell
            ours.send(task.request.as_dict())

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
                self._hear(child)
            elif not ready and child.deadline == deadline:
                self._expire(child)
        for server in {child.server for child in alive}:
            if server.channel.fileno() in ready:
                self._hear_server(server)

    def _hear(self, child: _Child) -> None:
        """Take what a child has sent, all that has arrived."""
        while True:
            message = child.channel.receive()
            if message is None:
                child.silent = True
                return
            child.hear(message)
            if not child.channel.pending:
                return

    def _hear_server(self, server: Forks) -> None:
        """Take the news of a server's children that have ended; when the server has ended, so have all of them."""
        own = [child for child in self._children if child.server is server]
        while True:
            news = server.channel.receive()
            for child in own:
                if child.code is None and (news is None or news["child"] == child.number):
                    self._hear_out(child)
                    child.end(news["code"] if news else -signal.SIGKILL)
            if news is None:
                server.close()
            if news is None or not server.channel.pending:
                return

    def _hear_out(self, child: _Child) -> None:
        """Take what a child that has ended had sent, which may arrive after the news of its end."""
        poll = select.poll()
        poll.register(child.channel.fileno(), select.POLLIN)
        while child.taking_part and poll.poll(0):
            self._hear(child)

    def _expire(self, child: _Child) -> None:
        """Ask a child to end, and the second time make it."""
        order = signal.SIGKILL if child.expired else signal.SIGTERM
        child.server.channel.send({"event": "kill", "child": child.number, "signal": order})
        child.expire()

    def _give_turn(self) -> None:
        """When all that take part wait, let the next of them on, or all once they have enough or have been timed."""
        waiting = [child for child in self._children if child.taking_part]
        if not waiting or any(child.state in ("running", "blocked") for child in waiting):
            return
        ready = [child for child in waiting if child.state == "ready"]
        if not ready or all(child.enough for child in ready):
            for child in ready or waiting:
                child.go_on(stop=True)
            return
        if not any(child.turns for child in self._children):
            self._reserve({child.device for child in waiting if child.device})
        turn = min(ready, key=lambda child: child.turns)
        turn.turns += 1
        turn.go_on()

    def _reserve(self, devices: Set[str]) -> None:
        """Wait for the devices and then the machine, and have them until the last child has ended: it scores what it
        has been timed with, which others' timed sections would feel as much as they would feel those sections."""
        self._machine.enter_context(self.slot.leased(devices, self.waiting))
        self._machine.enter_context(self.slot.timed(self.waiting))

    def _outcome(self, child: _Child, *, oom_killed: bool) -> Outcome:
        output = tail(child.output)
        status, reason = child.verdict(oom_killed=oom_killed, output=output)
        queued_s = self.queued_s + child.waited_s
        return Outcome(status, reason, child.answer, child.ran_s, queued_s, output, child.server.name)
