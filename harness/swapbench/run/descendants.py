"""Descendants: the memory of processes that measured code starts.

The kernel keeps the peak of one process, not of a family. So the measured child says when it is about to start a
process (an audit hook of Python tells it), and from then on the fork server, a process of its own that no GIL can
hold up, samples the family every two milliseconds. A child that starts none, and has none that it started before its
phase, pays nothing.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from swapbench.run.channel import Channel
from swapbench.run.probes import status_bytes

INTERVAL_S = 0.002
# With it, orphans below a process become its own children (prctl(2)), where `descendants` finds them.
PR_SET_CHILD_SUBREAPER = 36
# As Python's table of audit events names them. What C code starts, and what `multiprocessing` spawns, raises none.
_STARTS = frozenset({"os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"})


class BirthNotice:
    """The measured child's side: announces births to the fork server and asks for the peak it saw."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._armed = False
        self._start_bytes = 0
        self.announced = False
        # There is no way to remove an audit hook again, hence `_armed`. Forked copies inherit it, so that what they
        # start is heard of, too.
        sys.addaudithook(self._heard)

    def arm(self, start_bytes: int, present: Sequence[tuple[int, int]] = ()) -> None:
        """Announce births from now on, and at once the processes that are `present` already, with their sizes now;
        `start_bytes` is this process's size as its phase begins."""
        self._start_bytes = start_bytes
        self._armed = True
        if present:
            self.announced = True
            self._channel.send({"event": "present", "sizes": [*present], "start_bytes": start_bytes})

    def disarm(self) -> int:
        """Stop announcing and return the largest growth of the family that was seen, in bytes (0: no descendants)."""
        self._armed = False
        if not self.announced:
            return 0
        self._channel.send({"event": "peak?"})
        reply = self._channel.receive()
        return int(reply["peak_bytes"]) if reply else 0

    def _heard(self, event: str, _: tuple[Any, ...]) -> None:
        if self._armed and event in _STARTS:
            self.announced = True
            # What a copy will share with this process until one of them writes to it; both have it in their sizes.
            anon_bytes = status_bytes("self", "RssAnon")
            birth = {"event": "birth", "pid": os.getpid(), "anon_bytes": anon_bytes, "start_bytes": self._start_bytes}
            self._channel.send(birth)


@dataclass
class Family:
    """The fork server's side: a process and its descendants, sampled while `watching`."""

    root: int
    watching: bool = False
    peak_bytes: int = 0
    _start_bytes: int = 0
    _present: dict[int, int] = field(default_factory=dict)
    _inherited: dict[int, int] = field(default_factory=dict)
    _at_fork: dict[int, int] = field(default_factory=dict)

    def present(self, sizes: Sequence[tuple[int, int]], start_bytes: int) -> None:
        """Take note of descendants that were there before the phase, and of their sizes then: only what they add
        counts."""
        self._present = dict(sizes)
        self._start_bytes = start_bytes
        self.watching = True

    def birth(self, parent: int, anon_bytes: int, start_bytes: int) -> None:
        """Take note that `parent`, of that anonymous size, is about to start a process."""
        self._at_fork[parent] = anon_bytes
        self._start_bytes = start_bytes
        self.watching = True

    def sample(self) -> None:
        """Read the family's present growth and keep the largest."""
        try:
            growth = status_bytes(self.root, "VmRSS") - self._start_bytes
            growth += sum(self._growth(pid, parent) for pid, parent in descendants(self.root))
        except OSError:
            return  # the root is gone
        self.peak_bytes = max(self.peak_bytes, growth)

    def _growth(self, pid: int, parent: int) -> int:
        """A forked copy counts what it added to its parent's memory, a program of its own counts whole, and one that
        was there before what it added since."""
        try:
            if pid in self._present:
                return max(0, status_bytes(pid, "VmRSS") - self._present[pid])
            if _image(pid) != _image(parent):
                return status_bytes(pid, "VmRSS")
            # Not the pages of files, which are its parent's too. Shares of pages (Pss) would be exact, but for them the
            # kernel walks through all pages, which at this pace would be felt.
            own = status_bytes(pid, "RssAnon", "RssShmem")
        except OSError:
            return 0
        # Taken when the copy is seen first: the parent may grow, and announce further births, before the next sample.
        inherited = self._inherited.setdefault(pid, self._at_fork.get(parent, own))
        return max(0, own - inherited)


def present_sizes() -> list[tuple[int, int]]:
    """Return (process, its size in bytes) for every living descendant of this process."""
    sizes = []
    for pid, _ in descendants(os.getpid()):
        with suppress(OSError):  # it has just ended
            sizes.append((pid, status_bytes(pid, "VmRSS")))
    return sizes


def descendants(root: int) -> list[tuple[int, int]]:
    """Return (process, its parent) for every living descendant of a process."""
    found: list[tuple[int, int]] = []
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        # Each thread has a list of those it started. The kernel promises that all are in it only while they stand still
        # (proc_tid_children(5)); who is missed now is there in the next sample. Looking through all of /proc for
        # parents would take longer than there is between two samples.
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                pids = [int(pid) for pid in children.read_text().split()]
            except OSError:
                continue
            found.extend((pid, parent) for pid in pids)
            waiting.extend(pids)
    return found


def _image(pid: int) -> tuple[str, ...]:
    """Tell program images apart by where code and stack begin (fields 26 and 28 of proc_pid_stat(5)).

    Each exec is given places of its own at random, and a fork keeps them: names would not tell a copy of Python from a
    Python that it started.
    """
    # A program may be called anything, with spaces and brackets; the third field follows the last one.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (fields[23], fields[25])
