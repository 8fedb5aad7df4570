"""Forks of a process that has imported what is needed and computed nothing, which may be killed at their work."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress


def killed(work: Callable[[], object], after_s: float | None = None) -> bool:
    """Do some work in a fork, kill it after so long (None: let it end), and return whether it was killed."""
    child = os.fork()
    if not child:
        with suppress(BaseException):  # what is lacking afterwards tells
            work()
        os._exit(0)
    if after_s is not None:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)
