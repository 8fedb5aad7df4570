"""Devices: accelerators that must be waited for, and that have memory of their own."""

import sys
from typing import Any


class Device:
    """The processor: nothing to wait for."""

    name = "cpu"

    def begin(self) -> None:
        """Start watching the device's memory."""

    def synchronize(self) -> None:
        """Block until the device has done all it was given."""

    def peak_bytes(self) -> int | None:
        """Return the device memory's peak above what was there at `begin`, in bytes; None without a device."""
        return None


class TorchCuda(Device):
    """An NVIDIA GPU as torch sees it; memory is what its caching allocator handed out."""

    def __init__(self, cuda: Any) -> None:
        self._cuda = cuda
        self._start = 0
        self.name = str(cuda.get_device_name())

    def begin(self) -> None:
        self._cuda.synchronize()
        self._cuda.reset_peak_memory_stats()
        self._start = self._cuda.memory_allocated()

    def synchronize(self) -> None:
        self._cuda.synchronize()

    def peak_bytes(self) -> int | None:
        return int(self._cuda.max_memory_allocated() - self._start)


def device_of(backend: str) -> Device:
    """Return the device a backend runs on in this process."""
    torch = sys.modules.get("torch")
    if backend == "torch" and torch is not None and torch.cuda.is_available():
        return TorchCuda(torch.cuda)
    return Device()
