"""The adapter of PyTorch."""

from collections.abc import Callable
from typing import Any

from swapbench.run.backends.adapter import NUMPY, Adapter
from swapbench.run.backends.device import Device, gpu


class Torch(Adapter):
    """PyTorch on the processor, or on the current CUDA device where there is one."""

    module = "torch"
    # The last one is what torch.use_deterministic_algorithms imports, for most of a second.
    preload = ("torch", "torch.utils.flop_counter", "torch._inductor.config")
    distributions = ("torch", *NUMPY)
    install = 'pip install "swapbench[torch]"'
    exhausted = (*Adapter.exhausted, "OutOfMemoryError")
    exhausted_words = (*Adapter.exhausted_words, "can't allocate memory")

    def settle(self, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        torch.use_deterministic_algorithms(True, warn_only=True)

    def seed(self, seed: int) -> None:
        import torch

        super().seed(seed)
        torch.manual_seed(seed)

    def state(self) -> bytes:
        import torch

        return super().state() + torch.get_rng_state().numpy().tobytes()

    def device(self) -> Device:
        import torch

        return Cuda(torch.cuda) if torch.cuda.is_available() else Device()

    def flops(self, call: Callable[[], object]) -> float | None:
        from torch.utils.flop_counter import FlopCounterMode

        with FlopCounterMode(display=False) as counter:
            call()
        return float(counter.get_total_flops())


class Cuda(Device):
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
