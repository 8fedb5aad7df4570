"""The fork server: a process that has a backend imported, and nothing done with it, and forks a child a round.

It starts with the threads and cores of its slot already fixed. `start` brings a child's number and files, `kill` a
signal for one; each child's end is answered with `ended`. Children may live at the same time. Where the imported
library runs threads of its own, which would not survive a fork, children are spawned instead. When the parent goes, so
do server and children.
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
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from swapbench.base.interpreter import command
from swapbench.plan.target import find
from swapbench.run import child
from swapbench.run.channel import Channel
from swapbench.run.descendants import INTERVAL_S, PR_SET_CHILD_SUBREAPER, Family, descendants
from swapbench.run.speed import Pace


def main(descriptor: int) -> None:
    """Serve the parent at the other end of a socket until it goes."""
    channel = Channel(socket.socket(fileno=descriptor))
    configuration = channel.receive()
    if configuration is None:
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # descendants of a child that ends stay within reach
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


@dataclass(frozen=True)
class _Charge:
    """A living child: the parent's number for it, the file that tells of its end, and what watches its memory."""

    number: int
    handle: int
    watcher: Channel
    family: Family


class Nursery:
    """The children of this server, each followed from its start to its end."""

    def __init__(self, channel: Channel, start: Callable[[tuple[int, int], int], int]) -> None:
        self._channel = channel
        self._start = start
        self._charges: list[_Charge] = []
        self._poll = select.poll()
        self._poll.register(channel.fileno(), select.POLLIN)

    def serve(self) -> None:
        """Serve until the parent goes, and end what lives then."""
        while True:
            watched = [charge.family for charge in self._charges if charge.family.watching]
            ready = {source for source, _ in self._poll.poll(INTERVAL_S * 1000 if watched else None)}
            if self._channel.fileno() in ready and not self._obey():
                return
            for charge in list(self._charges):
                if charge.watcher.fileno() in ready and not _hear(charge.watcher, charge.family):
                    self._poll.unregister(charge.watcher.fileno())
                if charge.handle in ready:
                    self._end(charge)
                elif charge.family.watching:
                    charge.family.sample()

    def _obey(self) -> bool:
        """Do what the parent has asked, all that has arrived; False when it is gone."""
        while True:
            order, files = self._channel.receive_with_files(2)
            if order is None:
                for charge in self._charges:
                    _kill(charge.family.root, signal.SIGKILL)
                return False
            if order["event"] == "start":
                self._begin(order["child"], files)
            else:
                for charge in self._charges:
                    if charge.number == order["child"]:
                        _kill(charge.family.root, order["signal"])
            if not self._channel.pending:
                return True

    def _begin(self, number: int, files: list[int]) -> None:
        ours, theirs = Channel.pair()
        pid = self._start((files[0], theirs.fileno()), files[1])
        theirs.close()
        for descriptor in files:
            os.close(descriptor)
        charge = _Charge(number, os.pidfd_open(pid), ours, Family(pid))
        self._charges.append(charge)
        self._poll.register(charge.handle, select.POLLIN)
        self._poll.register(ours.fileno(), select.POLLIN)

    def _end(self, charge: _Charge) -> None:
        """Clear away a child that has ended, and tell the parent."""
        self._charges.remove(charge)
        self._poll.unregister(charge.handle)
        with suppress(KeyError):  # the child had closed its end before
            self._poll.unregister(charge.watcher.fileno())
        os.close(charge.handle)
        charge.watcher.close()
        pid = charge.family.root
        _kill(pid, signal.SIGKILL)  # whatever it started and left behind
        _, status = os.waitpid(pid, 0)
        if not self._charges:  # an orphan does not tell whose it was
            _end_orphans()
        self._channel.send({"event": "ended", "child": charge.number, "code": os.waitstatus_to_exitcode(status)})


def _hear(watcher: Channel, family: Family) -> bool:
    """Take what the child has sent, all that has arrived; False when it has closed its end."""
    while True:
        message = watcher.receive()
        if message is None:
            return False
        if message["event"] == "present":
            family.present(message["sizes"], message["start_bytes"])
        elif message["event"] == "birth":
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
    started = command("swapbench.run.child", *map(str, channels))
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
