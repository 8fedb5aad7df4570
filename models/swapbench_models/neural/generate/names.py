"""Names: what the layers and values of a network are called in generated code."""

import re
from collections import Counter
from collections.abc import Iterator

from swapbench_models.neural.network.network import Network

_FIRST = ("x", "y", "z")


def snake(name: str) -> str:
    """Return a name in capitals as Python writes it: `MaxPooling2D` becomes `max_pooling_2d`."""
    parts = re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+[A-Z]?", name)
    return "_".join(parts).lower()


def layer_names(network: Network) -> tuple[str, ...]:
    """Return a name for each step, its layer's own with a number: `dense_1`, `dense_2`."""
    seen: Counter[str] = Counter()
    found = []
    for step in network.steps:
        base = snake(type(step.layer).__name__)
        seen[base] += 1
        found.append(f"{base}_{seen[base]}")
    return tuple(found)


class Variables:
    """Names of values in a body of code: as few as there are values that are still needed."""

    def __init__(self, network: Network) -> None:
        self._last_use = {value: number for number, step in enumerate(network.steps) for value in step.inputs} | {
            value: len(network.steps) for value in network.outputs
        }
        self._inputs = len(network.inputs)
        self._names: dict[int, str] = {}
        for value in range(self._inputs):
            self._names[value] = next(self._free())

    def __getitem__(self, value: int) -> str:
        return self._names[value]

    def assign(self, step: int, inputs: tuple[int, ...]) -> str:
        """Return the name for the value that a step leaves; the names of inputs that nobody needs again are free."""
        for value in inputs:
            if self._last_use[value] <= step:
                self._names.pop(value, None)
        name = next(self._free())
        if self._inputs + step in self._last_use:  # what nobody takes needs no name for long
            self._names[self._inputs + step] = name
        return name

    def _free(self) -> Iterator[str]:
        used = set(self._names.values())
        yield from (name for name in _FIRST if name not in used)
        number = len(_FIRST) + 1
        while True:
            if f"x{number}" not in used:
                yield f"x{number}"
            number += 1
