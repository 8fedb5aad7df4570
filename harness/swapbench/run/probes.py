"""Probes: what is read before and after a timed section: memory, processor time, foreign load."""

import ctypes
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from swapbench.run.processes import TICK_S

_KIB = 1024


def status_bytes(pid: int | str, *fields: str) -> int:
    """Return the sum of fields (`VmRSS`, `VmHWM`, `RssAnon`, ...) of a process's status file, in bytes.

    Raises OSError when the process is gone, and counts a field that has gone with its memory as 0.
    """
    with open(f"/proc/{pid}/status") as lines:
        return _KIB * sum(int(line.split()[1]) for line in lines if line.partition(":")[0] in fields)


def reset_peak() -> None:
    """Set this process's peak (VmHWM) back to its present size.

    Writing 5 to clear_refs does that (proc_pid_clear_refs(5)). The kernel then keeps the maximum itself, at no cost
    to the measured code and whoever holds the GIL.
    """
    Path("/proc/self/clear_refs").write_text("5")


def trim_heap() -> None:
    """Give freed heap memory back to the kernel, so that the phase's own allocations show as growth."""
    libc = ctypes.CDLL(None)  # the one that this process uses; looking for its file would start programs
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def cpu_seconds() -> float:
    """Return the processor time used by this process and its finished children, in seconds."""
    import resource  # not there on Windows, where this module is imported and nothing measured

    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@dataclass(frozen=True)
class Others:
    """Processor time, in seconds, of living processes that a process has started (`family_s`), and of the fork server
    since it began to watch these."""

    family_s: float
    watching_s: float


@dataclass(frozen=True)
class ForeignLoad:
    """What others took from a timed section.

    `cpus` is the mean number of the section's cores busy with other work (from clock ticks, so only as fine as
    their length allows), `waited` the share of its time that it was ready to run and did not, as far as its cores
    were not busy with threads of its own.
    """

    cpus: float
    waited: float

    @property
    def contaminates(self) -> bool:
        """Whether the sample should not be trusted: others had a tenth of a core, or of its time."""
        return self.cpus > 0.1 or self.waited > 0.1


@dataclass
class Meter:
    """Sums up what this process and others use of its cores over the stretches of a timed section, in seconds.

    What this process has started counts as its own, as `others` tells, and the watcher of that as nobody's. In
    stretches of less than a tick nothing can be said of how busy the cores are with others' work: `fine` leaves that
    out.
    """

    cpus: tuple[int, ...]
    fine: bool
    others: Callable[[], Others]
    elapsed_s: float = 0.0
    busy_s: float = 0.0
    waited_s: float = 0.0
    cpu_s: float = 0.0
    watching_s: float = 0.0

    def begin(self) -> None:
        """Begin a stretch: the finest reading last, next to it."""
        busy_s, others, waited_s = self._busy(), self.others(), _waited_seconds()
        self._add(-1, busy_s, others, waited_s, cpu_seconds(), time.monotonic())

    def end(self) -> None:
        """End a stretch: the finest reading first."""
        at_s, cpu_s, waited_s = time.monotonic(), cpu_seconds(), _waited_seconds()
        others = self.others()
        self._add(1, self._busy(), others, waited_s, cpu_s, at_s)

    def foreign(self) -> ForeignLoad:
        """Return what others took, relative to the length of all stretches."""
        coarse = 2 * TICK_S  # each reading is up to one tick off
        ours_s = self.cpu_s + self.watching_s
        foreign_s = max(0.0, self.busy_s - ours_s - coarse)
        left_s = max(0.0, self.elapsed_s * len(self.cpus) - ours_s)
        waited_s = max(0.0, self.waited_s - self.watching_s)
        return ForeignLoad(foreign_s / self.elapsed_s, min(waited_s, left_s) / self.elapsed_s)

    def _add(self, sign: int, busy_s: float, others: Others, waited_s: float, cpu_s: float, at_s: float) -> None:
        self.busy_s += sign * busy_s
        self.waited_s += sign * waited_s
        self.cpu_s += sign * (cpu_s + others.family_s)
        self.watching_s += sign * others.watching_s
        self.elapsed_s += sign * at_s

    def _busy(self) -> float:
        return 0.0 if self.fine else _busy_seconds(self.cpus)


def _busy_seconds(cpus: tuple[int, ...]) -> float:
    wanted = {f"cpu{cpu}" for cpu in cpus}
    ticks = 0
    with open("/proc/stat") as lines:
        for line in lines:
            name, *fields = line.split()
            if name in wanted:
                user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
                ticks += user + nice + system + irq + softirq + steal
    return ticks * TICK_S


def _waited_seconds() -> float:
    waited = 0
    for task in os.listdir("/proc/self/task"):
        try:
            waited += int(Path(f"/proc/self/task/{task}/schedstat").read_text().split()[1])
        except OSError:
            continue  # the thread ended, or the kernel keeps no such account
    return waited / 1e9


def oom_kills() -> int:
    """Return how many processes the kernel has killed for want of memory since it started (0 where it does not say)."""
    try:
        lines = Path("/proc/vmstat").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)
