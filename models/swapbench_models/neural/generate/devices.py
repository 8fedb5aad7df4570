"""Devices by the names that the language has for them, and how each library spells them."""

import re
from collections.abc import Iterator

from swapbench_models.neural.network.network import Network, Step

_DEVICE = re.compile(r"(cpu|gpu|cuda|tpu|xla)(?::([0-9]{1,3}))?", re.IGNORECASE)


def numbered(device: str) -> str | None:
    """Return a device in one spelling, `gpu:0` for `GPU` and for `cuda:0`; None for what is none."""
    found = _DEVICE.fullmatch(device)
    return None if found is None else f"{found[1].lower().replace('cuda', 'gpu')}:{int(found[2] or 0)}"


def of_torch(device: str) -> str | None:
    """Return a device as torch spells it; None for one that torch does not reach by itself."""
    found = numbered(device)
    if found is None or not found.startswith(("cpu:0", "gpu:")):
        return None
    return "cpu" if found == "cpu:0" else found.replace("gpu", "cuda")


def of_keras(device: str) -> str | None:
    """Return a device as Keras spells it; None for one that it does not know."""
    found = numbered(device)
    return None if found is None or found.startswith("xla") else found


def named(network: Network) -> Iterator[tuple[Step, str]]:
    """Yield every step whose layer names a device, with that."""
    for step in network.steps:
        device = network.parts[step.part].device
        if device is not None:
            yield step, device
