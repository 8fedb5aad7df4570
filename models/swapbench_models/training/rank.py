"""A rank: one process of several that train together. It is started by `ranks.py`, and ends with whoever started it."""

import ctypes
import importlib
import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import torch
from torch import distributed

from swapbench_models.error import FamilyError, told
from swapbench_models.training import handover
from swapbench_models.training.memory import out_of_memory
from swapbench_models.training.parallel import World

_PR_SET_PDEATHSIG = 1
BACKENDS = {"cpu": "gloo", "cuda": "nccl"}


def main(given: Mapping[str, Any]) -> None:
    """Join the others, and do what is asked until whoever asks is gone; what fails is told, and ends this process."""
    _end_with(given["parent"])
    parent = socket.socket(fileno=given["channel"])
    try:
        work = resolved(given["target"])
        _answer(parent)
        world = _joined(given)  # now that all have imported, of which none was to wait for another in vain
        _answer(parent)
        while (asked := handover.receive(parent)) is not None:
            made = work(**asked, world=world)
            handover.send([parent], {"event": "done", "made": made if world.rank == 0 else None})
    except Exception as error:
        alone = _alone(error)
        if not alone and not isinstance(error, FamilyError):
            traceback.print_exc()
        event = "alone" if alone else "memory" if out_of_memory(error) else "failed"
        handover.send([parent], {"event": event, "told": told(error)})
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # the others, who may wait for this one, are seen to by the parent


def _answer(parent: socket.socket) -> None:
    """Say, when asked, that this process has come so far."""
    handover.receive(parent)
    handover.send([parent], {"event": "done"})


def resolved(target: str) -> Callable[..., Any]:
    """Return the function that a target, `package.module:name`, names."""
    module, _, name = target.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _end_with(parent: int) -> None:
    """Have the kernel end this process with the thread that has started it, and an interrupt end no more than that."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it had ended before
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _joined(given: Mapping[str, Any]) -> World:
    """Compute as the parent does, with one thread, and meet the others; the store is memory that all have."""
    rank, size, device = given["rank"], given["size"], given["device"]
    torch.set_num_threads(1)
    if given["deterministic"]:
        torch.use_deterministic_algorithms(True, warn_only=given["deterministic"] == "warn")
    if device == "cuda":
        torch.cuda.set_device(rank)
    distributed.init_process_group(
        BACKENDS[device],
        store=distributed.FileStore(f"/proc/self/fd/{given['store']}", size),  # type: ignore[attr-defined]
        rank=rank,
        world_size=size,
        timeout=timedelta(seconds=given["patience_s"]),
    )
    return World(rank, size, f"cuda:{rank}" if device == "cuda" else device)


def _alone(error: Exception) -> bool:
    """Tell whether an error says no more than that another process is gone, or was waited for in vain."""
    return isinstance(error, distributed.DistError) or (isinstance(error, RuntimeError) and "gloo" in str(error))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
