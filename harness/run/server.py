"""The fork server: a process that has a backend imported, and nothing done with it, and forks a child a round.

It starts with the threads and cores of its slot already fixed. One request at a time: `start` brings a child's files,
`kill` a signal for it; each child's end is answered with `ended`. Where the imported library runs threads of its own,
which would not survive a fork, children are spawned instead. When the parent goes, so do server and child.
"""

import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from harness.plan.target import find
from harness.run import child
from harness.run.channel import Channel
from harness.run.descendants import INTERVAL_S, Family, descendants
from harness.run.interpreter import command
from harness.run.speed import Pace

_PR_SET_CHILD_SUBREAPER = 36


def main(descriptor: int) -> None:
    """Serve the parent at the other end of a socket until it goes."""
    channel = Channel(socket.socket(fileno=descriptor))
    configuration = channel.receive()
    if configuration is None:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # descendants of a child that ends stay within reach
    fork = configuration["start"] == "fork"
    if fork:
        for module in filter(find, configuration["preload"]):
            with suppress(Exception):  # the child that needs it will fail of it, and say why
                importlib.import_module(module)
        gc.collect()
        gc.freeze()
        fork = _foreign_threads() == 0
    pace = Pace()
    channel.send({"event": "up", "start": "fork" if fork else "spawn"})
    start = partial(_fork, pace) if fork else _spawn
    while True:
        message, files = channel.receive_with_files(3)
        if message is None:
            return
        if message["event"] == "start":
            channel.send(_serve(channel, start, files))


def _serve(channel: Channel, start: Callable[[tuple[int, int], int], int], files: list[int]) -> dict[str, Any]:
    """Run one child to its end and return the news of it."""
    ours, theirs = Channel.pair()
    pid = start((files[0], theirs.fileno()), files[1])
    theirs.close()
    for descriptor in files:
        os.close(descriptor)
    family = Family(pid)
    handle = os.pidfd_open(pid)
    poll = select.poll()
    for source in (handle, channel.fileno(), ours.fileno()):
        poll.register(source, select.POLLIN)
    try:
        while True:
            ready = {source for source, _ in poll.poll(INTERVAL_S * 1000 if family.watching else None)}
            if ours.fileno() in ready and not _hear(ours, family):
                poll.unregister(ours.fileno())
            if channel.fileno() in ready:
                order = channel.receive()
                _kill(pid, order["signal"] if order else signal.SIGKILL)
                if order is None:
                    os._exit(1)
            if handle in ready:
                break
            if family.watching:
                family.sample()
    finally:
        os.close(handle)
        ours.close()
    _kill(pid, signal.SIGKILL)  # whatever it started and left behind
    _, status = os.waitpid(pid, 0)
    _end_orphans()
    return {"event": "ended", "code": os.waitstatus_to_exitcode(status)}


def _hear(watcher: Channel, family: Family) -> bool:
    """Take what the child has sent, all that has arrived; False when it has closed its end."""
    while True:
        message = watcher.receive()
        if message is None:
            return False
        if message["event"] == "birth":
            family.birth(message["pid"], message["anon_bytes"], message["start_bytes"])
        else:
            family.sample()
            family.watching = False
            with suppress(BrokenPipeError):  # the child died while it waited
                watcher.send({"peak_bytes": family.peak_bytes})
        if not watcher.pending:
            return True


def _fork(pace: Pace, channels: tuple[int, int], output: int) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setsid()
            os.dup2(output, 1)
            os.dup2(output, 2)
            asker, watcher = (Channel(socket.socket(fileno=fd)) for fd in channels)
            child.main(asker, watcher, pace)
            code = 0
        finally:
            os._exit(code)
    return pid


def _spawn(channels: tuple[int, int], output: int) -> int:
    started = command("harness.run.child", *map(str, channels))
    process = subprocess.Popen(started, pass_fds=channels, stdout=output, stderr=output, start_new_session=True)
    process.returncode = 0  # it is waited for here, by its pid
    return process.pid


def _kill(group: int, signum: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # nobody is left in it
        os.killpg(group, signum)


def _end_orphans() -> None:
    """End what the child left behind in sessions of its own: orphans become children of this process."""
    while orphans := [pid for pid, _ in descendants(os.getpid())]:
        for pid in orphans:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.wait()


def _foreign_threads() -> int:
    """Count this process's threads beyond the main one and OpenBLAS's pools, which shut down and return by themselves
    around a fork (pthread_atfork)."""
    from threadpoolctl import threadpool_info

    pools: int = sum(pool["num_threads"] - 1 for pool in threadpool_info() if pool["internal_api"] == "openblas")
    return max(0, len(os.listdir("/proc/self/task")) - 1 - pools)


if __name__ == "__main__":
    main(int(sys.argv[1]))
