"""Workers: processes that have imported all they need before the clock starts."""

import multiprocessing
import os
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from swapbench_models.error import FamilyError
from swapbench_models.fingerprint.error import FingerprintError

_SPAWN = multiprocessing.get_context("spawn")
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")


class Worker:
    """A process with so many threads that waits for the arguments of a function."""

    def __init__(self, function: Callable[..., Any], threads: int) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        kept = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, str(threads)))
        try:
            self._process = _SPAWN.Process(target=_serve, args=(theirs, function, threads))
            self._process.start()
        finally:
            for name, value in kept.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
        theirs.close()
        self.receive()  # it is ready

    def send(self, *arguments: Any) -> None:
        """Let the function begin."""
        self._pipe.send(arguments)

    def receive(self) -> Any:
        """Return what the function returned; raises FingerprintError, which says why, when it failed."""
        try:
            answer = self._pipe.recv()
        except EOFError:
            raise FingerprintError("A branch ended without an answer; it may have run out of memory.") from None
        if isinstance(answer, FamilyError):
            raise answer
        return answer

    def end(self) -> None:
        """Let the process end, by force after five seconds."""
        self._pipe.close()
        self._process.join(5)
        self._process.kill()


def _serve(pipe: Connection, function: Callable[..., Any], threads: int) -> None:
    import torch
    import torch._dynamo  # the first optimizer would import it, on the clock, and take a second or more

    from swapbench_models.store import mlflow_store  # noqa: F401  # imported now, not on the clock

    torch.set_num_threads(threads)
    pipe.send("ready")
    try:
        arguments = pipe.recv()
        pipe.send(function(*arguments))
    except EOFError:
        return
    except FamilyError as error:
        pipe.send(error)
    except Exception as error:  # whatever it is, it is told where the branches join
        pipe.send(FingerprintError(f"A branch failed: {type(error).__name__}: {error}"))


def cpu_s() -> float:
    """Return the seconds of processors that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_rss() -> int:
    """Return the most memory of this process since it began, in bytes; ru_maxrss would be its parent's at least."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
