"""Leases: who may use which cores and devices of this machine, and who may measure now.

A lease is a lock on a file that the kernel frees when its holder dies, so a killed run leaves nothing behind. The
files live in one folder of the machine, so separate runs respect each other too.
"""

import re
from collections.abc import Collection, Iterator, Set
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swapbench.base.error import SwapError
from swapbench.base.lock import attempted, lock_folder, locked
from swapbench.base.waiting import Waiting, silently
from swapbench.run.machine import cores

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
    def held(self, waiting: Waiting = silently) -> Iterator[None]:
        """Hold this slot's cores, for the whole life of a child: loading and scoring stay on them too."""
        with ExitStack() as locks:
            if self.mode != "none":
                for cpu in self.cpus:  # always in ascending order, so that overlapping slots cannot deadlock
                    locks.enter_context(locked(lock_of(cpu), waiting=waiting))
            yield

    @contextmanager
    def leased(self, devices: Set[str], waiting: Waiting = silently) -> Iterator[None]:
        """Hold devices, each of which one child has at a time in every mode that reserves anything: they have no cores
        that could be shared out."""
        with ExitStack() as locks:
            if self.mode != "none":
                for device in sorted(devices):  # in one order for all, as with cores
                    name = re.sub(r"[^\w-]", "_", device)
                    locks.enter_context(locked(lock_folder() / f"{name}.lock", waiting=waiting))
            yield

    @contextmanager
    def timed(self, waiting: Waiting = silently) -> Iterator[None]:
        """Hold the right to run a timed section.

        Everyone passes the turnstile before waiting for the machine, so an exclusive section is not overtaken for
        ever by pinned ones.
        """
        if self.mode == "none":
            yield
            return
        with ExitStack() as locks:
            machine = lock_folder() / "machine.lock"
            # Whoever stands in the turnstile waits for the machine too, so that is what the next one waits for.
            with locked(lock_folder() / "turnstile.lock", waiting=lambda _: waiting(machine)):
                locks.enter_context(locked(machine, shared=self.mode == "pinned", waiting=waiting))
            yield


class Taken(Slot):
    """A slot whose cores are held already, by whoever made it."""

    @contextmanager
    def held(self, waiting: Waiting = silently) -> Iterator[None]:
        """Nothing more is to be held."""
        yield


@contextmanager
def taken(mode: Mode, threads: int, before: Collection[int] = ()) -> Iterator[Slot | None]:
    """Take as many cores of this machine as there are threads, none of which anybody else holds, for the length of a
    with block: those of `before` where they are free. None where there are not enough.

    In mode `none` nothing is held. Raises SwapError where the machine has not as many.
    """
    available = sorted(cores(), key=lambda cpu: (cpu not in before, cpu))
    if threads > len(available):
        raise SwapError(f"a cell has {threads} threads, and this machine lets it use {len(available)} cores")
    if mode == "none":
        yield Slot(mode, tuple(sorted(available[:threads])))
        return
    with ExitStack() as locks:
        own: list[int] = []
        for cpu in available:
            if len(own) < threads and locks.enter_context(attempted(lock_of(cpu))):
                own.append(cpu)
        yield Taken(mode, tuple(sorted(own))) if len(own) == threads else None


def lock_of(cpu: int) -> Path:
    """Return the file whose lock a core's user holds."""
    return lock_folder() / f"cpu{cpu}.lock"


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
