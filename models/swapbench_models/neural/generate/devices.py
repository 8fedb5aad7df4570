"""Devices as each library spells them."""

from collections.abc import Iterator

from swapbench_models.neural.network.device import numbered
from swapbench_models.neural.network.network import Network, Step


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
