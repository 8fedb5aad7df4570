"""Waiting: says for whom, when another process keeps this one from going on for more than a moment."""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

# What is entered while a process waits for the lock of a file, and left when it has it.
Waiting = Callable[[Path], AbstractContextManager[None]]

_PATIENCE_S = 2.0
_LONGEST = 60  # characters of a command


def silently(_lock: Path) -> AbstractContextManager[None]:
    """Wait without a word."""
    return nullcontext()


@dataclass(frozen=True)
class OnStderr:
    """Writes each sentence once, where no report is read from, and over a line of progress where there is one."""

    said: set[str] = field(default_factory=set)

    def __call__(self, sentence: str) -> None:
        if sentence and sentence not in self.said:
            self.said.add(sentence)
            over = "\r\x1b[2K" if sys.stderr.isatty() else ""
            print(f"{over}{sentence}", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Aloud:
    """Waits, and calls `tell` with a sentence that names the holder when it has taken `patience_s` seconds, and with
    an empty one when it is over.

    A holder of the same run (another of its workers) is not named: that they take turns is as it should be.
    """

    tell: Callable[[str], None]
    patience_s: float = _PATIENCE_S

    @contextmanager
    def __call__(self, lock: Path) -> Iterator[None]:
        # A thread of its own, for this one sleeps in the kernel until the lock is free, and looks at no clock.
        timer = threading.Timer(self.patience_s, self._say, [lock])
        timer.daemon = True
        began = time.monotonic()
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if time.monotonic() - began >= self.patience_s:
                timer.join()  # so that the end is not told before the beginning
                self.tell("")

    def _say(self, lock: Path) -> None:
        whom = others([lock])
        if whom:
            self.tell(f"waiting for {whom}, which measures now")


def others(locks: Iterable[Path]) -> str:
    """Name the processes of other runs that hold some locks, in words; empty where none does."""
    found = {_run(pid) for lock in locks for pid in holders(lock)} - {_run(os.getpid())}
    named = {pid: _command(pid) for pid in sorted(found)}
    # Ray's workers, of which a run may have several on one machine, take turns as they should.
    return " and ".join(f"process {pid} ({words})" for pid, words in named.items() if not words.startswith("ray::"))


def holders(lock: Path) -> list[int]:
    """Return the processes that hold the lock of a file, as the kernel's own list has them (proc_locks(5))."""
    try:
        status = lock.stat()
        lines = Path("/proc/locks").read_text().splitlines()
    except OSError:
        return []
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    rows = [line.split() for line in lines]  # number, [->: waits for it], FLOCK, ADVISORY, READ or WRITE, pid, place
    return [int(row[4]) for row in rows if row[1] == "FLOCK" and row[5] == place]


def _run(pid: int) -> int:
    """Return the process that a user started: a worker of pytest-xdist is its controller's, and says nothing itself."""
    parent = _parent(pid)
    return _run(parent) if parent > 1 and _arguments(pid)[1:3] == ["-u", "-c"] else pid


def _command(pid: int) -> str:
    """Return a command as a user would write it: without the interpreter and the folders of the program."""
    words = " ".join(_arguments(pid)).split()
    if len(words) > 1 and Path(words[0]).name.startswith("python"):
        words = words[2:] if words[1] == "-m" else [words[1].removeprefix("-m"), *words[2:]]
    if words:
        words[0] = Path(words[0]).name
    told = " ".join(words) or "whose command is not known"
    command = "".join(letter if letter.isprintable() else "?" for letter in told)  # any user may start any
    return command if len(command) <= _LONGEST else command[: _LONGEST - 1] + "…"


def _arguments(pid: int) -> list[str]:
    try:
        return [
            word.decode(errors="replace") for word in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") if word
        ]
    except OSError:  # it has just ended
        return []


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
