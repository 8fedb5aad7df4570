"""The fork server: a process that has a backend imported, and nothing done with it, and forks a child a round.

It starts with the threads and cores of its slot already fixed. `start` brings a child's number and files, `kill` a
signal for one; each child's end is answered with `ended`. Children may live at the same time. Where the imported
library runs threads of its own, which would not survive a fork, children are spawned instead. When the parent goes, so
do server and children.
"""

import gc
import importlib
import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from swapbench.base.interpreter import command
from swapbench.plan.target import find
from swapbench.run import child
from swapbench.run.channel import Channel
from swapbench.run.nursery import Nursery, as_any_process
from swapbench.run.speed import Pace


def main(descriptor: int) -> None:
    """Serve the parent at the other end of a socket until it goes."""
    channel = Channel(socket.socket(fileno=descriptor))
    configuration = channel.receive()
    if configuration is None:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    fork = configuration["start"] == "fork"
    if fork:
        for module in filter(find, configuration["preload"]):
            with suppress(Exception):  # the child that needs it will fail of it, and say why
                importlib.import_module(module)
        gc.collect()
        gc.freeze()
        fork = foreign_threads() == 0
    pace = Pace()
    channel.send({"event": "up", "start": "fork" if fork else "spawn"})
    Nursery(channel, partial(_fork, pace) if fork else _spawn).serve()


def _fork(pace: Pace, channels: tuple[int, int], output: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setsid()
            as_any_process()
            os.dup2(output, 1)
            os.dup2(output, 2)
            asker, watcher = (Channel(socket.socket(fileno=fd)) for fd in channels)
            child.main(asker, watcher, pace)
            code = 0
        finally:
            os._exit(code)
    return pid


def _spawn(channels: tuple[int, int], output: int) -> int:
    started = command("swapbench.run.child", *map(str, channels))
    process = subprocess.Popen(started, pass_fds=channels, stdout=output, stderr=output, start_new_session=True)
    process.returncode = 0  # it is waited for here, by its pid
    return process.pid


# As the kernel cuts names: jemalloc's, which pyarrow and polars bring, and the one in which polars removes old files.
_HARMLESS = ("jemalloc_bg_thd", "polars-ooc-clea")


def foreign_threads() -> int:
    """Count this process's threads beyond the main one and those whose absence a forked child does not feel: OpenBLAS's
    pools and jemalloc's go and return by themselves around a fork (pthread_atfork), and polars' only tidies up."""
    from threadpoolctl import threadpool_info

    names = [Path(f"/proc/self/task/{task}/comm").read_text().strip() for task in os.listdir("/proc/self/task")]
    pools: int = sum(pool["num_threads"] - 1 for pool in threadpool_info() if pool["internal_api"] == "openblas")
    return max(0, len(names) - 1 - pools - sum(name in _HARMLESS for name in names))


if __name__ == "__main__":
    main(int(sys.argv[1]))
