"""Leases: who may use which cores and devices of this machine, and who may measure now.

A lease is a lock on a file that the kernel frees when its holder dies, so a killed run leaves nothing behind. The
files live in one folder of the machine, so separate runs respect each other too.
"""

import os
import re
import tempfile
import uuid
from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from swapbench.plan.error import SwapError
from swapbench.run.environment import cores
from swapbench.run.waiting import Waiting, silently

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
                    locks.enter_context(locked(lock_folder() / f"cpu{cpu}.lock", waiting=waiting))
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
        with suppress(FileExistsError):
            folder.mkdir(parents=True)
            folder.chmod(0o1777)  # every user's runs share the machine, none may remove another's file
    return folder


@contextmanager
def locked(path: Path, *, shared: bool = False, waiting: Waiting = silently) -> Iterator[None]:
    """Hold the lock of a file, blocking until it is free; `waiting` is entered for as long as it is not.

    Raises SwapError where this user may not open it.
    """
    import fcntl  # not there on Windows, where suites can be collected and refused but not measured

    descriptor = _opened(path)
    try:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            with waiting(path):
                fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Open a lock file, made on first use, in a way that works for every user of the machine.

    Locking needs no right to write. The kernel refuses to open another user's file in a folder like /tmp with O_CREAT
    (fs.protected_regular), so the file is made under a name of its own and then given its place.
    """
    while True:
        try:
            return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            _make(path)
        except PermissionError as error:
            raise SwapError(
                f"The lock {path} belongs to another user and is closed to this one; have it removed, or name another "
                "folder with SWAPBENCH_LOCKS."
            ) from error


def _make(path: Path) -> None:
    made = path.with_name(f".{path.name}.{os.getpid()}-{uuid.uuid4().hex[:8]}")
    descriptor = os.open(made, os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
    try:
        os.fchmod(descriptor, 0o644)  # whatever this user's umask says
        with suppress(FileExistsError):  # somebody else has just made it
            os.link(made, path)
    finally:
        os.close(descriptor)
        made.unlink()
