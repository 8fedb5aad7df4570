"""The guard: a process with no more memory than it is given, that notices what it runs, calls, and writes elsewhere.

Python's audit hooks tell of what Python does. What a library does without it shows in a folder that must not change.
"""

import os
import resource
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

_MIB = 2**20
_PATIENCE_S = 20  # what takes longer hangs
_ROOM_MIB = 1024  # what the process may grow by, whatever it reads
_RUNS = ("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "pty.spawn", "exec")
_CALLS = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto", "urllib.Request", "pickle.find_class")
_CHANGES = ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "shutil.rmtree", "os.truncate")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Where this project and the libraries lie, which may be imported as late as they are needed, and what these look up.
_KNOWN = (
    *{str(Path(path).resolve()) for path in sys.path if path},
    *map(str, (sys.prefix, sys.base_prefix, Path(sys.executable).parent, Path(__file__).parents[2])),
    *("/usr/share/zoneinfo", "/etc/localtime", "/usr/lib", "/etc/mime.types", "/proc/", "/sys/"),
)


class Hang(BaseException):
    """Reading took too long."""


class Deed(BaseException):
    """Reading did what reading does not: it ran, called, or wrote elsewhere."""


class _Guard:
    """What is watched at the moment: the folder that may be written into, None where nothing is watched."""

    place: str | None = None
    hears: bool = False

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.place is None:
            return
        runs = event in _RUNS and not (event == "exec" and _is_library(arguments[0]))
        opens = event == "open" and isinstance(arguments[0], str | os.PathLike)
        writes = opens and isinstance(arguments[2], int) and bool(arguments[2] & _WRITES)
        beyond = opens and not self._allows(os.fspath(arguments[0]), writes=writes)
        elsewhere = event in _CHANGES and not self._allows(_absolute(arguments), writes=True)
        if event in _CALLS or runs or beyond or elsewhere:
            raise Deed(f"{event} {arguments!r:.200}")

    def _allows(self, path: str | bytes, *, writes: bool) -> bool:
        text = os.path.abspath(os.fsdecode(path))
        if text.startswith(f"{self.place}{os.sep}") or text in ("/dev/null", "/dev/zero"):
            return True
        return not writes and text.startswith(_KNOWN)


_GUARD = _Guard()


def _is_library(code: Any) -> bool:
    """Tell whether code is that of a library or of this project, as it runs when it is imported."""
    return str(getattr(code, "co_filename", "")).startswith((*_KNOWN, "<frozen"))


def _absolute(arguments: tuple[Any, ...]) -> str:
    """Return the path that something is done with, which may be one in a folder that is open already."""
    path, folder = os.fsdecode(arguments[0]), arguments[-1]
    if isinstance(folder, int) and folder > 2:
        return os.path.join(os.readlink(f"/proc/self/fd/{folder}"), path)
    return path


def begin() -> None:
    """Have this process hear of what it does, for the rest of its life, and bound it by what it has now."""
    if not _GUARD.hears:
        signal.signal(signal.SIGALRM, _expired)
        sys.addaudithook(_GUARD.hear)
        _GUARD.hears = True
    limit = int((memory_mib("VmData") + _ROOM_MIB) * _MIB)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))


def _expired(_signal: int, _frame: FrameType | None) -> None:
    raise Hang(f"it took more than {_PATIENCE_S} s")


@contextmanager
def watched(place: Path) -> Iterator[None]:
    """Raise Hang for a with block that takes too long, and Deed for one that does more than read, or writes anywhere
    but into a folder."""
    signal.setitimer(signal.ITIMER_REAL, _PATIENCE_S)
    _GUARD.place = str(place.resolve())
    try:
        yield
    finally:
        _GUARD.place = None
        signal.setitimer(signal.ITIMER_REAL, 0)


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield a folder to work in, where temporary files lie too, beside one `outside` that is the current one and in
    which nothing may change."""
    with tempfile.TemporaryDirectory(prefix="fuzzing-") as name:
        outside, place = Path(name) / "outside", Path(name) / "place"
        (place / "temporary").mkdir(parents=True)
        outside.mkdir()
        (outside / "kept").write_text("kept")
        here, told = os.getcwd(), tempfile.tempdir
        tempfile.tempdir = str(place / "temporary")
        os.chdir(outside)
        try:
            yield place
        finally:
            os.chdir(here)
            tempfile.tempdir = told


def beside(place: Path) -> dict[str, int]:
    """Return what lies beside a workplace, with the times of its changes."""
    return {str(path): path.lstat().st_mtime_ns for path in (place.parent / "outside").rglob("*")}


def memory_mib(name: str) -> float:
    """Return a figure of this process's memory: VmRSS is what it has now, VmHWM what it had at most."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def forget_peak() -> None:
    """Have VmHWM begin anew, where that is allowed."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
