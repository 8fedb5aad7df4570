"""Supervised children: what their parent knows of each."""

import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf
from typing import IO, Any, Literal

from swapbench.run.channel import MUTE, Channel
from swapbench.run.fork_server import ForkServer, tail
from swapbench.run.outcome import Outcome

_GRACE_S = 3.0
_ORDERS = ("SIGTERM", "SIGKILL")  # by their names, for Windows has only one of them
# What is printed last where memory has run out and nothing could be answered any more: by C++, by whoever tells the C
# library's errors, by Python.
_ALLOCATION_FAILED = ("std::bad_alloc", "Cannot allocate memory", "MemoryError")

State = Literal["running", "blocked", "ready", "timed"]


@dataclass
class Supervised:
    """One child as its parent knows it.

    `state` is what it does since `since`: it runs, waits for another process, is ready for its next turn, or has been
    timed and waits for the others. It would go on without a further call when all have `enough`, and needs a `device`
    for itself. It was told to end `expired` times. Times in seconds.
    """

    number: int
    server: ForkServer
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
    expired: int = 0

    def __post_init__(self) -> None:
        self.left_s = self.timeout_s

    @property
    def taking_part(self) -> bool:
        """Whether it has not given its answer yet and may still ask for the machine."""
        return self.code is None and not self.answer and not self.silent

    @property
    def deadline(self) -> float:
        return self.since + self.left_s if self.state == "running" else inf

    def hear(self) -> None:
        """Take what it has sent, all that has arrived."""
        while True:
            message = self.channel.receive()
            if message is None:
                self.silent = True
                return
            self._take(message)
            if not self.channel.pending:
                return

    def _take(self, message: dict[str, Any]) -> None:
        event = message["event"]
        if event == "done":
            self.answer = message
            return
        self._count()
        # The other events are called as what the child does from then on.
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
        """Ask it to end and allow it a moment more for that, then make it. A server that does not even do that has been
        stopped, and is ended the third time."""
        if self.expired < len(_ORDERS):
            self.server.tell({"event": "kill", "child": self.number, "signal": signal.Signals[_ORDERS[self.expired]]})
        else:
            self.server.kill()
        self._count()
        self.expired, self.left_s = self.expired + 1, _GRACE_S

    def _count(self) -> None:
        """Count the time since the last change as what it was.

        Only its own running takes from what it may take: others' turns and locks are not its fault, and how long they
        last is not known.
        """
        now = time.monotonic()
        spent, self.since = now - self.since, now
        if self.state == "running":
            self.ran_s += spent
            self.left_s -= spent
        else:
            self.waited_s += spent

    def outcome(self, queued_s: float, *, oom_killed: bool) -> Outcome:
        """Return how it ended."""
        output = tail(self.output)
        status, reason = self._ended(output, oom_killed=oom_killed)
        return Outcome(status, reason, self.answer, self.ran_s, queued_s + self.waited_s, output, self.server.name)

    def _ended(self, output: str, *, oom_killed: bool) -> tuple[str, str]:
        # The surest first. What it answered holds, however it ended after that. One that was made to end has died of a
        # signal, too, and may have printed anything before. That the kernel has killed some process says something only
        # of one that died in that way.
        if self.answer:
            return self.answer["status"], self.answer.get("reason", "")
        if self.expired:
            return "timeout", f"it did not finish within {self.timeout_s:g} s"
        if self.code == -signal.SIGKILL and oom_killed:
            return "oom", "the kernel killed it for want of memory"
        if any(sign in output for sign in _ALLOCATION_FAILED):
            return "oom", "it could not allocate more memory and aborted"
        if self.code == MUTE:
            return "crashed", "it closed the connection on which it would have answered"
        if self.code is not None and self.code < 0:
            return "crashed", f"it was ended by signal {-self.code} ({signal.Signals(-self.code).name})"
        return "crashed", f"it exited with code {self.code} without an answer"
