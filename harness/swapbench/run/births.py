"""Births: how the measured child tells the fork server that it is about to start a process.

An audit hook of Python hears of it, and of what raises no audit event, as `multiprocessing` with `spawn`, a function
put before the one of Python's that starts it. What C code starts is not heard of, and found out later.
"""

import _posixsubprocess
import os
import resource
import sys
from collections.abc import Callable
from typing import Any

from swapbench.run.channel import Channel
from swapbench.run.probes import Others
from swapbench.run.processes import NOTHING, Sizes, children, has_children, sizes

# As Python's table of audit events names them.
_STARTS = frozenset({"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"})


class BirthNotice:
    """The measured child's side: announces births to the fork server, and asks what it saw of those born.

    `complete` is False once processes have been started of which nothing was heard in time.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._armed = False
        self._start = NOTHING
        self._waited_for = 0
        self._announced = False
        self.complete = True
        # There is no way to remove an audit hook again, hence `_armed`. Forked copies inherit it, so that what they
        # start is heard of, too.
        sys.addaudithook(self._heard)
        vars(_posixsubprocess)["fork_exec"] = self._telling(_posixsubprocess.fork_exec)

    def arm(self, start: Sizes) -> None:
        """Announce births from now on, and at once what has been started already; `start` is what this process has as
        its phase begins."""
        self._start = start
        self._waited_for = _waited_for()
        # A process whose parent has ended is the fork server's child, as others that it serves may be.
        if has_children() or children(os.getppid()) != [os.getpid()]:
            self._announced = bool(self._ask("present", start=start).get("present"))
        self._armed = True

    def disarm(self) -> int:
        """Stop announcing and return the largest growth of the family that was seen, in bytes (0: no descendants)."""
        self._armed = False
        if not self._announced:
            self.complete = not self._unheard()
            return 0
        reply = self._ask("peak?")
        self.complete = self.complete and bool(reply.get("complete"))
        return int(reply.get("peak_bytes", 0))

    def others(self) -> Others:
        """Return the processor time of all that were started and live, and of watching them, so far."""
        if not self._announced and not has_children():
            return Others(0.0, 0.0)
        reply = self._ask("cpu?")
        return Others(reply.get("family_s", 0.0), reply.get("watching_s", 0.0))

    def _ask(self, event: str, **more: Any) -> dict[str, Any]:
        self._channel.send({"event": event, **more})
        return self._channel.receive() or {}

    def _heard(self, event: str, _: tuple[Any, ...]) -> None:
        if self._armed and event in _STARTS:
            self._announce()

    def _telling(self, start: Callable[..., int]) -> Callable[..., int]:
        def fork_exec(*args: Any) -> int:
            if self._armed:
                self._announce()
            return start(*args)

        return fork_exec

    def _announce(self) -> None:
        first, self._announced = not self._announced, True
        if first and self._unheard():
            self.complete = False
        # What a copy will share with this process until one of them writes to it; both have it in their sizes.
        anon_bytes = sizes(os.getpid()).anon
        birth = {"event": "birth", "pid": os.getpid(), "anon_bytes": anon_bytes, "start": self._start}
        self._channel.send(birth)

    def _unheard(self) -> bool:
        """Whether processes have been started, of which none has been announced."""
        return has_children() or _waited_for() > self._waited_for


def _waited_for() -> int:
    """Return a number that grows with each child that was waited for: all have faulted in pages."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_minflt
