"""The adapter of ONNX Runtime."""

from typing import Any

from swapbench.run.backends.adapter import NUMPY, Adapter
from swapbench.run.backends.device import Device, gpu


class Onnxruntime(Adapter):
    """ONNX Runtime on the processor, or on the first GPU where the build that is installed has a provider for it.

    Its calls return when they are done, from whichever device.
    """

    module = "onnxruntime"
    # Not the library itself: importing it starts a thread, which no forked child would have. Each child imports it, in
    # a fifth of a second off the clock.
    preload = ("numpy",)
    distributions = ("onnxruntime", "onnx", *NUMPY)
    install = 'pip install "swapbench[onnx]"'
    exhausted_words = (*Adapter.exhausted_words, "failed to allocate memory", "bad allocation")

    def settle(self, threads: int) -> None:
        from onnxruntime.capi import _pybind_state as native  # where its sessions look for it

        made = native.get_default_session_options

        def options() -> Any:
            """Return what a session has that is made without options of its own: else a thread for every core."""
            found = made()
            found.intra_op_num_threads = threads
            found.inter_op_num_threads = 1
            found.use_deterministic_compute = True
            return found

        native.get_default_session_options = options

    def seed(self, seed: int) -> None:
        import onnxruntime

        super().seed(seed)
        onnxruntime.set_seed(seed)

    def device(self) -> Device:
        import onnxruntime

        return Device() if onnxruntime.get_device() == "CPU" else Gpu()


class Gpu(Device):
    """The GPU of a build for one; ONNX Runtime says neither its name nor how much of its memory is used."""

    name = "gpu"

    def __init__(self) -> None:
        self.lease = gpu(0)
