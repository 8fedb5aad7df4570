"""Handing over: values from process to process through memory that the kernel frees with the last who has it."""

import json
import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from safetensors import safe_open
from safetensors import torch as safetensors

from swapbench_models.training.packing import apart, packed, unpacked


def send(receivers: Iterable[socket.socket], values: Mapping[str, Any]) -> None:
    """Hand values to the other ends of sockets: tensors and plain ones, nested. They are in memory once for all; who is
    gone is left out, as is seen when it is heard.

    Raises TrainingError for values of another type.
    """
    plain, tensors = packed(values)
    content = safetensors.save(apart(tensors), {"told": json.dumps(plain)})
    with open(os.memfd_create("handover"), "wb") as memory:
        memory.write(content)
        memory.flush()
        for receiver in receivers:
            with suppress(BrokenPipeError, ConnectionResetError):
                socket.send_fds(receiver, [b"\0"], [memory.fileno()])


def receive(sender: socket.socket) -> dict[str, Any] | None:
    """Return what the other end has handed over, None when it is gone. Tensors are read from the common memory, a page
    when it is needed, and whoever changes one changes a copy."""
    try:
        _, files, _, _ = socket.recv_fds(sender, 1, 1)
    except ConnectionResetError:  # it went with something unread
        return None
    if not files:
        return None
    try:
        with safe_open(f"/proc/self/fd/{files[0]}", "pt") as memory:
            tensors = {name: memory.get_tensor(name) for name in memory.keys()}  # noqa: SIM118  # it is no dictionary
            found: dict[str, Any] = unpacked(json.loads(memory.metadata()["told"]), tensors)
    finally:
        os.close(files[0])
    return found
