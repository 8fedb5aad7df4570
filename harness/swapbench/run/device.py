"""Devices: what must be waited for before the clock is read, who may use it, and the memory it has of its own."""

import os
import sys
from typing import Any


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


class TorchCuda(Device):
    """A GPU as torch sees it; memory is what its caching allocator handed out."""

    def __init__(self, cuda: Any) -> None:
        self._cuda = cuda
        self._start = 0
        self.name = str(cuda.get_device_name())
        self.lease = gpu(cuda.current_device())

    def begin(self) -> None:
        self._cuda.synchronize()
        self._cuda.reset_peak_memory_stats()
        self._start = self._cuda.memory_allocated()

    def finish(self, result: Any = None) -> None:
        self._cuda.synchronize()

    def peak_bytes(self) -> int | None:
        return int(self._cuda.max_memory_allocated() - self._start)


class TensorflowGpu(Device):
    """A GPU as TensorFlow sees it, which hands its operations over and goes on."""

    def __init__(self, tensorflow: Any, gpus: list[Any]) -> None:
        self._tensorflow = tensorflow
        self._start = 0
        details = tensorflow.config.experimental.get_device_details(gpus[0])
        self.name = str(details.get("device_name", "gpu"))
        self.lease = gpu(0)

    def begin(self) -> None:
        self.finish()
        memory = self._tensorflow.config.experimental
        memory.reset_memory_stats("GPU:0")
        self._start = memory.get_memory_info("GPU:0")["current"]

    def finish(self, result: Any = None) -> None:
        self._tensorflow.test.experimental.sync_devices()

    def peak_bytes(self) -> int | None:
        return int(self._tensorflow.config.experimental.get_memory_info("GPU:0")["peak"] - self._start)


class Jax(Device):
    """A processor or GPU under JAX, which returns arrays before they hold their values.

    A phase like `fit` returns nothing and leaves its arrays in the model, so every array that is alive is waited for.
    """

    def __init__(self, jax: Any) -> None:
        self._jax = jax
        (first, *_) = jax.devices()
        if first.platform != "cpu":
            self.name = str(first.device_kind)
            self.lease = gpu(first.local_hardware_id or 0)

    def finish(self, result: Any = None) -> None:
        self._jax.block_until_ready((result, self._jax.live_arrays()))


def device_of(backend: str) -> Device:
    """Return the device a backend (the module of its library) runs on in this process."""
    library: Any = sys.modules.get(backend)
    if library is None:
        return Device()
    if backend == "torch" and library.cuda.is_available():
        return TorchCuda(library.cuda)
    if backend == "tensorflow" and (gpus := library.config.list_physical_devices("GPU")):
        return TensorflowGpu(library, gpus)
    return Jax(library) if backend == "jax" else Device()


def gpu(number: int) -> str:
    """Return the name under which a GPU is leased: the one that CUDA_VISIBLE_DEVICES gives this process as `number`."""
    visible = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",")]
    return f"gpu-{visible[number] if number < len(visible) and visible[number] else number}"
