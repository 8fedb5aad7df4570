"""The nursery: the children of a fork server, each followed from its start to its end, with what it starts.

The fork server, and not the child, adopts those whose parents have ended: a child would find processes among its own
that are none of its own anywhere else. Here they are ended when the child has, and waited for as init would do it.
"""

import ctypes
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from swapbench.run.channel import Channel
from swapbench.run.descendants import INTERVAL_S, REST, Family
from swapbench.run.processes import Sizes, children, descendants

# With it, orphans below this process become its own children (prctl(2)).
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class _Charge:
    """A living child: the parent's number for it, the file that tells of its end, and what watches its memory."""

    number: int
    handle: int
    watcher: Channel
    family: Family


class Nursery:
    """The children of this server and their orphans."""

    def __init__(self, channel: Channel, start: Callable[[tuple[int, int], int], int]) -> None:
        self._channel = channel
        self._start = start
        self._charges: list[_Charge] = []
        self._due_s = 0.0
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._helpers = frozenset(children(os.getpid()))  # of what was imported
        self._ends = _told_of_ends()
        self._poll = select.poll()
        self._poll.register(channel.fileno(), select.POLLIN)
        self._poll.register(self._ends.fileno(), select.POLLIN)

    def serve(self) -> None:
        """Serve until the parent goes, and end what lives then."""
        while True:
            ready = {source for source, _ in self._poll.poll(self._patience_ms())}
            if self._channel.fileno() in ready and not self._obey():
                return
            if self._ends.fileno() in ready:
                self._ends.recv(4096)
                self._wait_for_orphans()
            for charge in list(self._charges):
                if charge.watcher.fileno() in ready and not self._hear(charge.watcher, charge.family):
                    self._poll.unregister(charge.watcher.fileno())
                if charge.handle in ready:
                    self._end(charge)
            self._watch()

    def _patience_ms(self) -> float | None:
        if not any(charge.family.watching for charge in self._charges):
            return None
        return max(0.0, self._due_s - time.monotonic()) * 1000

    def _watch(self) -> None:
        watched = [charge.family for charge in self._charges if charge.family.watching]
        if not watched or time.monotonic() < self._due_s:
            return
        began_s = time.process_time()
        for family in watched:
            family.sample(self._orphans(family))
        self._due_s = time.monotonic() + max(INTERVAL_S, REST * (time.process_time() - began_s))

    def _obey(self) -> bool:
        """Do what the parent has asked, all that has arrived; False when it is gone."""
        while True:
            order, files = self._channel.receive_with_files(2)
            if order is None:
                for charge in self._charges:
                    _kill(charge.family.root, signal.SIGKILL)
                return False
            if order["event"] == "start":
                self._begin(order["child"], files)
            else:
                for charge in self._charges:
                    if charge.number == order["child"]:
                        _kill(charge.family.root, order["signal"])
            if not self._channel.pending:
                return True

    def _begin(self, number: int, files: list[int]) -> None:
        ours, theirs = Channel.pair()
        pid = self._start((files[0], theirs.fileno()), files[1])
        theirs.close()
        for descriptor in files:
            os.close(descriptor)
        charge = _Charge(number, os.pidfd_open(pid), ours, Family(pid))
        self._charges.append(charge)
        self._poll.register(charge.handle, select.POLLIN)
        self._poll.register(ours.fileno(), select.POLLIN)

    def _hear(self, watcher: Channel, family: Family) -> bool:
        """Take what the child has sent, all that has arrived; False when it has closed its end."""
        while True:
            message = watcher.receive()
            if message is None:
                return False
            answer = self._answer(message, family)
            if answer:
                with suppress(BrokenPipeError):  # the child died while it waited
                    watcher.send(answer)
            if not watcher.pending:
                return True

    def _answer(self, message: dict[str, Any], family: Family) -> dict[str, Any]:
        if message["event"] == "birth":
            family.birth(message["pid"], message["anon_bytes"], Sizes(*message["start"]))
            return {}
        orphans = self._orphans(family)
        if message["event"] == "present":
            return {"present": family.present(Sizes(*message["start"]), orphans)}
        if message["event"] == "cpu?":
            return {"family_s": family.cpu_seconds(orphans), "watching_s": family.watching_seconds()}
        family.sample(orphans, exact=True)
        family.watching = False
        return {"peak_bytes": family.peak_bytes, "complete": family.complete}

    def _orphans(self, family: Family) -> list[int]:
        """Return those of a family whose parents have ended."""
        return [pid for pid in self._adopted() if self._whose(pid) is family]

    def _adopted(self) -> list[int]:
        own = self._helpers.union(charge.family.root for charge in self._charges)
        return [pid for pid in children(os.getpid()) if pid not in own]

    def _whose(self, pid: int) -> Family | None:
        """Return the family of an orphan. None where it may be of one as well as of another, and neither is complete:
        it ended all ties before it was seen."""
        families = [charge.family for charge in self._charges]
        knowing = [family for family in families if family.knows(pid)] or families
        if len(knowing) == 1:
            return knowing[0]
        for family in knowing:
            family.complete = False
        return None

    def _wait_for_orphans(self) -> None:
        """Wait for the orphans that have ended, and count what they used."""
        for pid in self._adopted():
            family = self._whose(pid)
            with suppress(ChildProcessError):
                ended, _, used = os.wait4(pid, os.WNOHANG)
                if ended and family is not None:
                    family.ended_s += used.ru_utime + used.ru_stime

    def _end(self, charge: _Charge) -> None:
        """Clear away a child that has ended, and tell the parent."""
        _end_all(self._orphans(charge.family))
        self._charges.remove(charge)
        self._poll.unregister(charge.handle)
        with suppress(KeyError):  # the child had closed its end before
            self._poll.unregister(charge.watcher.fileno())
        os.close(charge.handle)
        charge.watcher.close()
        pid = charge.family.root
        _kill(pid, signal.SIGKILL)  # whatever it started and left behind
        _, status = os.waitpid(pid, 0)
        if not self._charges:  # an orphan need not tell whose it was
            _end_orphans()
        self._channel.send({"event": "ended", "child": charge.number, "code": os.waitstatus_to_exitcode(status)})


def as_any_process() -> None:
    """Undo, in a forked child, what the nursery has set for its own process."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def _told_of_ends() -> socket.socket:
    """Return what can be read from when a child of this process, adopted or not, has ended."""
    told, teller = socket.socketpair()
    teller.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)  # an ignored signal would tell nothing
    signal.set_wakeup_fd(teller.detach(), warn_on_full_buffer=False)
    return told


def _kill(group: int, signum: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(group, signum)


def _end_all(pids: list[int]) -> None:
    below = [pid for parent in pids for pid, _ in descendants(parent)]
    for pid in [*pids, *below]:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _end_orphans() -> None:
    """End what children left behind in sessions of their own: orphans become children of this process."""
    while orphans := children(os.getpid()):
        _end_all(orphans)
        with suppress(ChildProcessError):
            os.wait()
