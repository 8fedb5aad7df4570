"""Ranks: processes of this machine that train together, as whoever starts them knows them."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self

import torch

from swapbench_models.threads import VARIABLES
from swapbench_models.training import handover
from swapbench_models.training.error import TrainingError
from swapbench_models.training.parallel import World
from swapbench_models.training.rank import BACKENDS, resolved

# For so long one waits, when a process says that it was left alone, for the word of the one that has left it.
_GRACE_S = 1.0


class Ranks:
    """Processes that train together: a call of this calls `target`, `package.module:name`, in each of `size`.

    Its function takes what a call gives, tensors and plain values, and the `world` that `train` is told of; what it
    returns in the first process, a call returns. Each process has a core of its own, of those that this one may use,
    computes there with one thread, or with `device` "cuda" on a device of its own, and ends with the thread that has
    started it, at the latest. One that waits for another for `patience_s` seconds gives up. A `size` of 1 needs no
    process: its function is called here, with one thread too.
    """

    def __init__(
        self, target: str, size: int, device: Literal["cpu", "cuda"] = "cpu", patience_s: float = 300.0
    ) -> None:
        self._target, self._size, self._device, self._patience_s = target, size, device, patience_s
        self._members: list[_Member] = []
        self._ended = weakref.finalize(self, _end, self._members)

    def start(self) -> None:
        """Start the processes, and return when they know each other and have imported what they call; else the first
        call does that. Raises TrainingError where there are too few cores or devices."""
        if self._members:
            return
        cores = _cores(self._size, self._device)
        if not cores:
            return
        store = os.memfd_create("store")  # no file that could stay behind, and no port that others could reach
        try:
            for rank, core in enumerate(cores[: self._size]):
                self._members.append(self._member(rank, core, store))
        finally:
            os.close(store)
        self._asked({})  # to import
        self._asked({})  # to join the others

    def __call__(self, **given: Any) -> Any:
        """Call the function in every process and return what the first one's has returned.

        Raises MemoryError where one ran out of memory, and else TrainingError, with what the one said that failed
        first; then all of them have ended, and the next call starts others.
        """
        self.start()
        return self._asked(given) if self._members else self._here(given)

    def close(self) -> None:
        """End the processes."""
        _end(self._members)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _here(self, given: Mapping[str, Any]) -> Any:
        device, threads = "cuda:0" if self._device == "cuda" else "cpu", torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            return resolved(self._target)(**given, world=World(device=device))
        finally:
            torch.set_num_threads(threads)

    def _member(self, rank: int, core: int, store: int) -> "_Member":
        channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        given = {
            "target": self._target,
            "rank": rank,
            "size": self._size,
            "device": self._device,
            "patience_s": self._patience_s,
            "deterministic": _deterministic(),
            "parent": os.getpid(),
            "channel": theirs.fileno(),
            "store": store,
        }
        command = [sys.executable, "-P", "-m", "swapbench_models.training.rank", json.dumps(given)]
        with theirs, _on(core):  # which the process has from its first instruction on
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, env=_environment(), pass_fds=(theirs.fileno(), store)
            )
        return _Member(rank, process, channel)

    def _asked(self, given: Mapping[str, Any]) -> Any:
        """Ask every process, wait until all have answered, and return what the first one has made; one that fails ends
        all."""
        try:
            handover.send([member.channel for member in self._members], given)
            return self._heard()
        except BaseException:
            self.close()
            raise

    def _heard(self) -> Any:
        waiting, made, alone, patience_s = list(self._members), None, "", None
        while waiting and (ready := _ready(waiting, patience_s)):
            for member in ready:
                waiting.remove(member)
                answer = member.answer()
                if answer["event"] == "alone":
                    alone, patience_s = alone or answer["told"], _GRACE_S
                elif "told" in answer:
                    told = f"Rank {member.rank} of {self._size}: {answer['told'].rstrip('.')}."
                    raise MemoryError(told) if answer["event"] == "memory" else TrainingError(told)
                elif member.rank == 0:
                    made = answer.get("made")
        if alone:
            silent = " and ".join(f"rank {member.rank}" for member in waiting) or "each other"
            raise TrainingError(f"The ranks waited {self._patience_s:g} s for {silent} in vain ({alone.rstrip('.')}).")
        return made


@dataclass(frozen=True)
class _Member:
    """One of the processes, and the socket by which it is asked and answers."""

    rank: int
    process: subprocess.Popen[bytes]
    channel: socket.socket

    def answer(self) -> dict[str, Any]:
        """Return what it has answered, and of one that is gone, how it ended."""
        return handover.receive(self.channel) or {"event": "failed", "told": self._end()}

    def _end(self) -> str:
        try:
            code = self.process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            return "it has closed its connection"
        return f"it ended by {signal.Signals(-code).name}" if code < 0 else f"it ended with exit status {code}"


def _ready(members: list[_Member], patience_s: float | None) -> list[_Member]:
    """Sleep until some have answered or are gone, and return these; none, where patience ends before."""
    poll = select.poll()
    for member in members:
        poll.register(member.channel, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(None if patience_s is None else patience_s * 1000)}
    return [member for member in members if member.channel.fileno() in ready]


def _end(members: list[_Member]) -> None:
    for member in members:
        member.process.kill()
    for member in members:
        member.process.wait()
        member.channel.close()
    members.clear()


def _cores(size: int, device: str) -> list[int]:
    """Return the cores that this process may use; none where no other has to be started. Raises TrainingError where
    they cannot be."""
    if size < 1:
        raise TrainingError(f"{size} ranks: give a number from 1 on.")
    if device not in BACKENDS:
        raise TrainingError(f"There is no device '{device}'; choose {' or '.join(BACKENDS)}.")
    devices = torch.cuda.device_count() if device == "cuda" else size
    if devices < size:
        raise TrainingError(
            f"{size} ranks on 'cuda': each needs a CUDA device, and there are {devices}; start fewer, or on 'cpu'."
        )
    if size == 1:
        return []
    if sys.platform != "linux":
        raise TrainingError(f"Several processes train together on Linux only, and this is {sys.platform}.")
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < size:
        raise TrainingError(
            f"{size} ranks: each needs a core, and this process may use {len(cores)}; start fewer, or give it more."
        )
    return cores


@contextmanager
def _on(core: int) -> Iterator[None]:
    """Have what this thread starts meanwhile live on a core."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, own)


def _environment() -> dict[str, str]:
    """Return this process's variables for one that computes with one thread, imports what this one can import, and is
    reached by nobody beyond this machine."""
    loopback = dict.fromkeys(("GLOO_SOCKET_IFNAME", "NCCL_SOCKET_IFNAME"), "lo")
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    return {**os.environ, **dict.fromkeys(VARIABLES, "1"), **loopback, "PYTHONPATH": path}


def _deterministic() -> str:
    if not torch.are_deterministic_algorithms_enabled():
        return ""
    return "warn" if torch.is_deterministic_algorithms_warn_only_enabled() else "error"
