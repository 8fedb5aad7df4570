"""Processes: what /proc says of others.

It is read in microseconds: who is watched shares a core with the watcher.
"""

import os
import re
import time
from typing import NamedTuple

_KIB = 1024
# Of /proc, in seconds. Windows has no sysconf, and nothing to be read by this.
TICK_S = 1.0 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
_SIZES = re.compile(rb"Rss(?:Anon|File|Shmem):\s+(\d+)")
_PROPORTIONAL = re.compile(rb"Pss_Shmem:\s+(\d+)")
_PAGE = 4096

Image = tuple[bytes, bytes]


class Sizes(NamedTuple):
    """What of a process lies in memory, in bytes, by kind: all zero when its memory has gone, before or after it."""

    anon: int
    file: int
    shared: int


NOTHING = Sizes(0, 0, 0)


class Status(NamedTuple):
    """What else tells processes apart.

    `image` is where its code and stack begin: each exec is given places of its own at random, and a fork keeps them, so
    they tell a copy of Python from a Python that it started. None while it has no memory. `groups` are its process
    group and its session, each known by the process that began it.
    """

    image: Image | None
    groups: tuple[int, int]
    waited_for_s: float


def sizes(pid: int) -> Sizes:
    """Return the sizes of a process; raises OSError when it is gone."""
    found = _SIZES.findall(_start_of(f"/proc/{pid}/status"))
    return Sizes(*(int(size) * _KIB for size in found)) if found else NOTHING


def status(pid: int) -> Status:
    """Return what tells a process apart (proc_pid_stat(5)); raises OSError when it is gone."""
    # A program may be called anything, with spaces and brackets; the third field follows the last one.
    fields = _start_of(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    code, stack = fields[23], fields[25]
    waited_for_s = (int(fields[13]) + int(fields[14])) * TICK_S
    return Status(None if b"0" in (code, stack) else (code, stack), (int(fields[2]), int(fields[3])), waited_for_s)


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and of those it has waited for; raises OSError when it is gone."""
    # Its clock, as clock_getcpuclockid(3) makes its number, counts nanoseconds, where /proc has ticks.
    return time.clock_gettime(~pid << 3 | 2) + status(pid).waited_for_s


def proportional_shared(pid: int) -> int | None:
    """Return the shared memory of a process, each page divided by how many have it (None: the kernel does not say).

    The kernel walks through all its pages for that: a millisecond for 60 MiB.
    """
    try:
        found = _PROPORTIONAL.search(_start_of(f"/proc/{pid}/smaps_rollup"))
    except OSError:
        return None
    return int(found[1]) * _KIB if found else None


def children(pid: int) -> list[int]:
    """Return the living children of a process, and those that it has not waited for."""
    # Each thread has a list of those it started. The kernel promises that all are in it only while they stand still
    # (proc_tid_children(5)); who is missed now is there in the next sample. Looking through all of /proc for parents
    # would take longer than there is between two samples.
    found: list[int] = []
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return found
    for task in tasks:
        try:
            with open(f"/proc/{pid}/task/{task}/children", "rb", buffering=0) as listed:
                found += map(int, listed.read().split())
        except OSError:
            continue  # the thread has ended
    return found


def descendants(root: int) -> list[tuple[int, int]]:
    """Return (process, its parent) for every descendant of a process, parents first."""
    found: list[tuple[int, int]] = []
    waiting = [root]
    while waiting:
        parent = waiting.pop()
        pids = children(parent)
        found += [(pid, parent) for pid in pids]
        waiting += pids
    return found


def has_children() -> bool:
    """Tell whether this process has children, living or not waited for, in a microsecond."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _start_of(path: str) -> bytes:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _PAGE)
    finally:
        os.close(descriptor)
