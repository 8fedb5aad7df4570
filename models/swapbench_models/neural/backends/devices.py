"""Devices: where each layer of a network computes in this process, and whether that is there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.util import find_spec

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.network.device import numbered
from swapbench_models.neural.network.network import Network

CHOICES = ("auto", "cpu", "gpu")
_LIBRARIES = {"torch": ("torch",), "tensorflow": ("tensorflow", "keras"), "jax": ("jax", "keras")}


@dataclass(frozen=True, slots=True)
class Placed:
    """A network whose layers name a device where they are not on `device`, which is that of all others."""

    network: Network
    device: str

    @property
    def devices(self) -> tuple[str, ...]:
        """All devices on which something is computed."""
        return tuple(sorted({part.device or self.device for part in self.network.parts} or {self.device}))


def place(checked: Checked, backend: str, asked: str | None = None) -> Placed:
    """Return a network where a backend is to compute it: all of it on what was `asked` for, or as its text says.

    A layer that names no device is on that of `execute`; `auto`, which nothing says too, is a GPU where there is one.
    Raises NeuralError for a device that is not there, or where the backend is not installed.
    """
    for library in _LIBRARIES[backend]:
        if find_spec(library) is None:
            raise NeuralError(f'{library} is not installed; pip install "swapbench[{backend}]" brings it.')
    network, there = checked.network, tuple(_there(backend))
    rest = _rest(asked or checked.training.device or "auto", asked is not None, network, backend, there)
    devices = [
        rest if asked or part.device is None else _found(part.device, f"layer {number}, {part.label}", backend, there)
        for number, part in enumerate(network.parts, 1)
    ]
    if len(set(devices)) == 1:
        rest = devices[0]
    # What torch is to compute on several devices says where each layer is; else only what is not with the rest does.
    every = backend == "torch" and len(set(devices)) > 1
    named = [device if every or device != rest else None for device in devices]
    parts = (replace(part, device=device) for part, device in zip(network.parts, named, strict=True))
    return Placed(replace(network, parts=tuple(parts)), rest)


def _rest(device: str, asked: bool, network: Network, backend: str, there: tuple[str, ...]) -> str:
    """Return the device of all layers that name none."""
    if device.lower() == "auto":
        device = "gpu" if "gpu:0" in there else "cpu"
    return _found(device, "--device" if asked else f"network {network.name}", backend, there)


def _found(device: str, who: str, backend: str, there: tuple[str, ...]) -> str:
    found = numbered(device)
    if found not in there:
        raise NeuralError(
            f'{who}: there is no device "{device}" here; {backend} finds {", ".join(there)}: say --device cpu or auto.'
        )
    return found


def _there(backend: str) -> Iterator[str]:
    """Yield the devices that a backend finds, each with its number."""
    if backend == "torch":
        import torch

        yield "cpu:0"
        yield from (f"gpu:{number}" for number in range(torch.cuda.device_count()))
    elif backend == "tensorflow":
        import tensorflow

        for each in tensorflow.config.list_logical_devices():
            yield each.name.lower().removeprefix("/device:")
    else:
        import jax

        for kind in ("cpu", "gpu", "tpu"):
            try:
                yield from (f"{kind}:{number}" for number in range(len(jax.devices(kind))))
            except RuntimeError:  # there is none of this kind
                continue
