"""Python as it is on macOS or Windows, as SWAPBENCH_TEST_SYSTEM says: what it lacks there is taken away.

Every interpreter imports this that has its folder on PYTHONPATH. What is made for the system at hand (the standard
library, psutil, numpy) is imported first: its own tests for the system would else take the wrong way.
"""

import asyncio  # noqa: F401
import ctypes  # noqa: F401
import io
import multiprocessing  # noqa: F401
import os
import platform
import signal
import sqlite3  # noqa: F401
import sys
import sysconfig
import tempfile  # noqa: F401
import uuid  # noqa: F401

_MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty")
_LACKING = {
    "darwin": {os: ("pidfd_open", "sched_getaffinity", "sched_setaffinity", "setns", "unshare")},
    "win32": {
        os: (
            *("O_CLOEXEC", "O_DIRECTORY", "O_NOFOLLOW", "O_NONBLOCK", "chown", "fchmod", "fork", "forkpty", "getegid"),
            *("geteuid", "getgid", "getloadavg", "getpgid", "getuid", "killpg", "mkfifo", "nice", "openpty"),
            *("pidfd_open", "posix_spawn", "register_at_fork", "sched_getaffinity", "sched_setaffinity", "setsid"),
            *("statvfs", "sync", "sysconf", "uname", "wait4"),
        ),
        signal: (
            *("SIGALRM", "SIGCHLD", "SIGCONT", "SIGHUP", "SIGKILL", "SIGSTOP", "SIGTSTP", "SIGUSR1", "SIGUSR2"),
            *("pthread_sigmask", "setitimer"),
        ),
    },
}


class _Lacking:
    """Finds that modules are not there."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name in _MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _become(system: str) -> None:
    import numpy  # noqa: F401
    import psutil  # noqa: F401

    sysconfig.get_config_vars()
    platform.uname()
    for module, names in _LACKING[system].items():
        for name in names:
            vars(module).pop(name, None)
    if system == "win32":
        for name in _MODULES:
            sys.modules.pop(name, None)
        sys.meta_path.insert(0, _Lacking)  # type: ignore[arg-type]
        vars(io)["_WindowsConsoleIO"] = type("_WindowsConsoleIO", (), {})  # pytest asks whether it writes to one
    sys.platform = system


if os.environ.get("SWAPBENCH_TEST_SYSTEM"):
    _become(os.environ["SWAPBENCH_TEST_SYSTEM"])
