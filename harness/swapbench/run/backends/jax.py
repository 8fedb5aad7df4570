"""The adapter of JAX."""

from typing import Any

from swapbench.run.backends.adapter import NUMPY, Adapter
from swapbench.run.backends.device import Device, gpu


class Jax(Adapter):
    """JAX on its first device, and Keras on it where a model has it.

    Its random numbers come from keys, so it has no seed of its own to fix.
    """

    module = "jax"
    preload = ("jax",)
    distributions = ("jax", "jaxlib", "keras", *NUMPY)
    install = 'pip install "swapbench[jax]"'
    environment = (("KERAS_BACKEND", "jax"),)
    visible = (*Adapter.visible, "JAX_PLATFORMS")
    exhausted_words = (*Adapter.exhausted_words, "resource_exhausted")

    def settle(self, threads: int) -> None:
        import jax  # noqa: F401  # before seeds are fixed, for what it imports draws from Python's generator

    def device(self) -> Device:
        import jax

        return Asynchronous(jax)


class Asynchronous(Device):
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
