"""Devices in generated torch: where each step's tensors are made, and where values move from one device to another."""

from swapbench_models.neural.generate.devices import of_torch
from swapbench_models.neural.network.network import Network

_HOME = "cpu"  # where torch makes what names no device


class Devices:
    """The devices of a network's steps as its source is written, one step after another.

    Where all is on the processor nothing is said of devices.
    """

    def __init__(self, network: Network) -> None:
        devices = (network.parts[step.part].device for step in network.steps)
        self._steps = [_HOME if device is None else of_torch(device) or _HOME for device in devices]
        self._values: list[str | None] = [*(None for _ in network.inputs), *self._steps]  # an input may be anywhere
        self._several = set(self._steps) != {_HOME}
        self._here: str | None = None

    def begin(self, step: int) -> None:
        """Begin a step: what follows is on its device."""
        self._here = self._steps[step]

    def end(self) -> None:
        """End with the steps: what leaves the network stays where it is."""
        self._here = None

    def moved(self, value: int, written: str) -> str:
        """Return a value on the device of the step."""
        if not self._several or self._here in {None, self._values[value]}:
            return written
        return f'{written}.to("{self._here}")'

    def made(self, written: str) -> str:
        """Return what makes a module or a tensor, on the device of the step; a dropout has nothing to be anywhere."""
        if self._here == _HOME or written.startswith("nn.Dropout("):
            return written
        if written.startswith("nn."):
            return f'{written[:-1]}, device="{self._here}")'
        return f'{written}.to("{self._here}")'
