"""Adapters: what the instrument knows of a numeric library, one file a library.

This one is that of Python with NumPy, which every child runs on. The others derive from it and say what is different.
An adapter is made where cells are planned too, so its file imports its library inside its methods only, which run in a
child.
"""

import random
from collections.abc import Callable
from typing import ClassVar

from swapbench.plan.backend import Backend
from swapbench.run.backends.device import Device

NUMPY = ("numpy", "scipy", "scikit-learn")


class Adapter:
    """Python with NumPy.

    `module` is what must be importable for a library; `preload` are the modules a fork server imports once for all its
    children (those inside an installed library as far as its version has them); `distributions` are the installed
    packages whose versions determine the numbers;
    `install` is the command that brings the library; `environment` are variables set before its interpreter starts
    ({threads} stands for the thread count), `visible` those by which a user says which devices it may use. `exhausted`
    and `exhausted_words` tell its exceptions that mean that memory ran out: their classes' names, and for RuntimeErrors
    what they say, in lower case.
    """

    module = "numpy"
    preload: tuple[str, ...] = ("numpy",)
    distributions: tuple[str, ...] = NUMPY
    install = ""
    environment: tuple[tuple[str, str], ...] = ()
    visible: tuple[str, ...] = ("CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES")
    exhausted: ClassVar[tuple[str, ...]] = ("MemoryError",)
    exhausted_words: ClassVar[tuple[str, ...]] = ("out of memory", "bad_alloc")

    @classmethod
    def declared(cls, name: str, target: str) -> Backend:
        """Return the backend of this adapter, which is found under `target`, as plain values."""
        return Backend(name, cls.module, cls.preload, cls.distributions, cls.install, cls.environment, target)

    def settle(self, threads: int) -> None:
        """Fix threads and whatever makes the library deterministic, before its first numeric call."""

    def seed(self, seed: int) -> None:
        """Bring the generators that measured code may draw from, without a seed of its own, to where they begin."""
        import numpy as np

        random.seed(seed)
        np.random.seed(seed)  # for measured code that draws from the legacy global generator

    def state(self) -> bytes:
        """Return where these generators stand, as far as the library tells."""
        import numpy as np

        numbers = np.random.get_state(legacy=False)["state"]
        return b"".join([repr(random.getstate()).encode(), numbers["key"].tobytes(), str(numbers["pos"]).encode()])

    def device(self) -> Device:
        """Return the device that the library runs on in this process."""
        return Device()

    def flops(self, call: Callable[[], object]) -> float | None:
        """Return the floating-point operations of a call, None where the library cannot count them."""
        return None

    def out_of_memory(self, error: BaseException) -> bool:
        """Tell whether an exception is the library's word that memory ran out."""
        names = {kind.__name__ for kind in type(error).__mro__}
        said = str(error).lower() if isinstance(error, RuntimeError) else ""
        return bool(names & {*self.exhausted}) or any(words in said for words in self.exhausted_words)
