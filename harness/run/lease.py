"""Leases: who may use which cores of this machine, and who may measure now.

A lease is a lock on a file that the kernel frees when its holder dies, so a killed run leaves nothing behind. The
files live in one folder of the machine, so separate runs respect each other too.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.plan.error import SwapError
from harness.run.environment import cores

Mode = Literal["exclusive", "pinned", "none"]
MODES: tuple[Mode, ...] = ("exclusive", "pinned", "none")


@dataclass(frozen=True)
class Slot:
    """The processor share of one worker.

    `cpus` are its cores, disjoint from those of every other slot. In mode `pinned` its timed sections run beside
    those of other slots, in `exclusive` one runs at a time on the whole machine, in `none` nothing is reserved and
    times mean little.
    """

    mode: Mode
    cpus: tuple[int, ...]

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold this slot's cores, for the whole life of a child: loading and scoring stay on them too."""
        with ExitStack() as locks:
            if self.mode != "none":
                for cpu in self.cpus:  # always in ascending order, so that overlapping slots cannot deadlock
                    locks.enter_context(locked(lock_folder() / f"cpu{cpu}.lock"))
            yield

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Hold the right to run a timed section.

        Everyone passes the turnstile before waiting for the machine, so an exclusive section is not overtaken for
        ever by pinned ones.
        """
        if self.mode == "none":
            yield
            return
        with ExitStack() as locks:
            with locked(lock_folder() / "turnstile.lock"):
                locks.enter_context(locked(lock_folder() / "machine.lock", shared=self.mode == "pinned"))
            yield


def place(mode: Mode | None, threads: int, worker: int, workers: int) -> Slot:
    """Return the slot of worker number `worker` of `workers`, each measuring with `threads` threads.

    Without a mode it is `pinned` while workers x threads fit on the cores, else `exclusive`. Raises SwapError when
    the threads of one worker do not fit.
    """
    available = cores()
    if not 1 <= threads <= len(available):
        raise SwapError(
            f"--swap-threads {threads}: this process may use {len(available)} cores; ask for 1 to that many."
        )
    slots = len(available) // threads
    if mode == "pinned" and workers > slots:
        raise SwapError(
            f"--swap-slot pinned: {workers} workers x {threads} threads need more than the {len(available)} cores "
            "here; start fewer workers, or use --swap-slot exclusive."
        )
    chosen: Mode = mode or ("pinned" if workers <= slots else "exclusive")
    first = (worker % slots) * threads
    return Slot(chosen, available if chosen == "none" else available[first : first + threads])


def lock_folder() -> Path:
    """Return the folder of this machine's locks, made on first use; SWAPBENCH_LOCKS names another."""
    folder = Path(os.environ.get("SWAPBENCH_LOCKS") or Path(tempfile.gettempdir()) / "swapbench-locks")
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o1777)  # every user's runs share the machine, none may remove another's file
    return folder


@contextmanager
def locked(path: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a file, blocking until it is free."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
