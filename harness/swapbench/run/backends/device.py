"""Devices: what must be waited for before the clock is read, who may use it, and the memory it has of its own."""

import os
from numbers import Integral
from typing import Any

from swapbench.base.error import SwapError


class Device:
    """The processor under a library that returns when it is done: nothing to wait for.

    `name` is what a record calls the device, `lease` what it is called among those who share it (None: the cores are
    all there is).
    """

    name = "cpu"
    lease: str | None = None

    def begin(self) -> None:
        """Start watching the device's memory."""

    def finish(self, result: Any = None) -> None:
        """Block until the device has done all it was given, and has `result` ready."""

    def peak_bytes(self) -> int | None:
        """Return the device memory's peak above what was there at `begin`, in bytes; None where it is not known."""
        return None


def peak_of(device: Device) -> int | None:
    """Return what a device gives as its memory's peak; raises SwapError, which names it, for what is no size."""
    given: object = device.peak_bytes()
    if given is None:
        return None
    if not isinstance(given, Integral) or given < 0:
        raise SwapError(
            f"{type(device).__name__}.peak_bytes gave {given!r:.60}; it gives whole bytes, from 0 on, or None."
        )
    return int(given)


def gpu(number: int) -> str:
    """Return the name under which a GPU is leased: the one that CUDA_VISIBLE_DEVICES gives this process as `number`."""
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    return f"gpu-{visible[number] if number < len(visible) and visible[number] else number}"
