"""Probes: what is read before and after a timed section: memory, processor time, foreign load."""

import ctypes
import ctypes.util
import os
import resource
import time
from dataclasses import dataclass
from pathlib import Path

_KIB = 1024
_TICK_S = 1.0 / os.sysconf("SC_CLK_TCK")


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
    libc = ctypes.CDLL(ctypes.util.find_library("c"))
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def cpu_seconds() -> float:
    """Return the processor time used by this process and its finished children, in seconds."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@dataclass(frozen=True)
class Load:
    """A reading of who used the processors: `busy_s` of the given cores, `waited_s` of this process for its turn."""

    at_s: float
    busy_s: float
    waited_s: float

    @classmethod
    def before(cls, cpus: tuple[int, ...]) -> "Load":
        """Read as a section begins: the finest reading last, next to it."""
        busy_s, waited_s = _busy_seconds(cpus), _waited_seconds()
        return cls(time.monotonic(), busy_s, waited_s)

    @classmethod
    def after(cls, cpus: tuple[int, ...]) -> "Load":
        """Read as a section ends: the finest reading first."""
        waited_s, at_s = _waited_seconds(), time.monotonic()
        return cls(at_s, _busy_seconds(cpus), waited_s)


@dataclass(frozen=True)
class ForeignLoad:
    """What others took from a timed section.

    `cpus` is the mean number of the section's cores busy with other work (from clock ticks, so only as fine as
    their length allows), `waited` the share of its time that it was ready to run and did not, as far as its cores
    were not busy with threads of its own.
    """

    cpus: float
    waited: float

    @classmethod
    def between(cls, before: Load, after: Load, cpu_s: float, cores: int) -> "ForeignLoad":
        elapsed_s = after.at_s - before.at_s
        coarse = 2 * _TICK_S  # each reading is up to one tick off
        foreign_s = max(0.0, after.busy_s - before.busy_s - cpu_s - coarse)
        left_s = max(0.0, elapsed_s * cores - cpu_s)
        waited_s = min(after.waited_s - before.waited_s, left_s)
        return cls(foreign_s / elapsed_s, waited_s / elapsed_s)

    @property
    def contaminates(self) -> bool:
        """Whether the sample should not be trusted: others had a tenth of a core, or of its time."""
        return self.cpus > 0.1 or self.waited > 0.1


def _busy_seconds(cpus: tuple[int, ...]) -> float:
    wanted = {f"cpu{cpu}" for cpu in cpus}
    ticks = 0
    with open("/proc/stat") as lines:
        for line in lines:
            name, *fields = line.split()
            if name in wanted:
                user, nice, system, _, _, irq, softirq, steal = map(int, fields[:8])
                ticks += user + nice + system + irq + softirq + steal
    return ticks * _TICK_S


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
