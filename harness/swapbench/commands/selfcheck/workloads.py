"""Workloads of known size: the weights that the instrument is checked with."""

import ctypes
import mmap
import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIB = 2**20
SPIKE_S = 0.02


def nothing() -> "tuple[NDArray[Any], NDArray[Any]]":
    """Data for workloads that need none: 32 examples of two classes."""
    import numpy as np

    return np.zeros((32, 1), np.float32), np.arange(32) % 2


class Empty:
    """Does nothing: what a round of it takes is the instrument's own cost."""

    def run(self, X: Any) -> None:
        """Return at once."""


@cache
def empty() -> Empty:
    """Return the one that there is: so short a phase is called on a hundred models, which would be most of the cost."""
    return Empty()


class Spike:
    """Holds `mebibytes` of memory for 20 milliseconds and frees them, in `place`: the process itself (`child`), the
    same without ever letting go of the GIL (`gil`), or a process that it forks (`grandchild`)."""

    def __init__(self, mebibytes: int, place: str = "child") -> None:
        self.size = mebibytes * MIB
        self._spike = {"child": self._here, "gil": self._holding_gil, "grandchild": self._forked}[place]

    def run(self, X: Any) -> None:
        """Make the spike."""
        self._spike()

    def _here(self) -> None:
        memory = mmap.mmap(-1, self.size)
        for page in range(0, self.size, mmap.PAGESIZE):
            memory[page] = 1
        time.sleep(SPIKE_S)
        memory.close()

    def _holding_gil(self) -> None:
        libc = ctypes.PyDLL(None)  # unlike CDLL, it keeps the GIL for the whole of a call
        libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
        libc.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
        libc.free.argtypes = [ctypes.c_void_p]
        memory = libc.malloc(self.size)
        libc.memset(memory, 1, self.size)
        libc.usleep(int(SPIKE_S * 1e6))
        libc.free(memory)

    def _forked(self) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                self._here()
            finally:
                os._exit(0)
        os.waitpid(pid, 0)


class Products:
    """Multiplies matrices of `side` rows `count` times: work for one processor that lives in its cache."""

    def __init__(self, side: int = 192, count: int = 600, seed: int = 0) -> None:
        self.side, self.count, self.seed = side, count, seed

    def run(self, X: Any) -> None:
        """Do the multiplications, in an order that allows no short cut."""
        import numpy as np

        matrix = np.random.default_rng(self.seed).normal(size=(self.side, self.side)).astype(np.float32)
        matrix /= np.linalg.norm(matrix)
        product = matrix
        for _ in range(self.count):
            product = product @ matrix + matrix
