"""The source of a network in torch: a module with one attribute a layer that learns, and a plain `forward`."""

from collections.abc import Iterator
from textwrap import indent

from swapbench_models.neural.generate.layouts import channels_first, to_first, to_last
from swapbench_models.neural.generate.names import Variables, layer_names
from swapbench_models.neural.generate.purpose import purpose
from swapbench_models.neural.generate.statements import bare, called, filled, wrapped
from swapbench_models.neural.generate.torch_devices import Devices
from swapbench_models.neural.generate.torch_layers import lay
from swapbench_models.neural.generate.torch_place import Module, Place
from swapbench_models.neural.generate.torch_refusal import unsupported
from swapbench_models.neural.network.dense import Embedding
from swapbench_models.neural.network.network import Network, Step
from swapbench_models.neural.network.pointwise import Code

__all__ = ["source", "unsupported"]


def source(network: Network) -> str:
    """Return the source of a module whose `build_model()` returns the network in torch."""
    return _Writer(network).text()


class _Writer:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._names = layer_names(network)
        self._variables = Variables(network)
        self._first = [False] * len(network.inputs)
        self._devices = Devices(network)
        self._module = Module(self._devices)

    def text(self) -> str:
        names = [self._variables[value] for value in range(len(self._network.inputs))]
        for number, step in enumerate(self._network.steps):
            self._step(number, step)
        self._devices.end()
        outputs = [self._input(value, first=False) for value in self._network.outputs]
        arguments = ("self", *(f"{name}: Tensor" for name in names))
        returned = "Tensor" if len(outputs) == 1 else "tuple[Tensor, ...]"
        parts = [
            *self._head(),
            "class Network(nn.Module):",
            indent(f'"""{filled(purpose(self._network), 10)}"""', " " * 4),
            "",
            *self._init(),
            indent(called("def forward", arguments, 4, f" -> {returned}:"), " " * 4),
            indent("\n".join((*self._module.done, bare("return ", outputs, 8))), " " * 8),
            "",
            "",
            "def build_model() -> Network:",
            '    """Return the network with random weights, ready to be trained."""',
            "    return Network()",
        ]
        return "\n".join(parts) + "\n"

    def _head(self) -> Iterator[str]:
        title = f"Network {self._network.name} in torch; `build_model()` returns it with random weights."
        yield f'"""{filled(title, 6)}"""'
        yield ""
        if self._module.uses("torch."):
            yield "import torch"
        if self._module.uses("F."):
            yield "import torch.nn.functional as F"
        yield "from torch import Tensor, nn"
        yield "\n"
        yield from (f"{helper}\n\n" for helper in self._module.helpers.values())

    def _init(self) -> Iterator[str]:
        if self._module.made:
            yield "    def __init__(self) -> None:"
            yield "        super().__init__()"
            yield indent("\n".join(self._module.made), " " * 8)
            yield ""

    def _step(self, number: int, step: Step) -> None:
        """Write one step: what `__init__` makes for it, and what `forward` does."""
        network = self._network
        self._devices.begin(number)
        last = network.head() is not None and network.outputs == (len(network.inputs) + number,)
        shapes = network.shapes(step)
        rank = len(shapes[0])
        first = channels_first(step.layer, rank, tuple(self._first[value] for value in step.inputs))
        taken = tuple(self._input(value, first) + self._fractions(value, step) for value in step.inputs)
        name = self._variables.assign(number, step.inputs)
        place = Place(self._module, self._names[number], shapes, taken, first)
        expression = taken[0] if last else lay(step.layer, place)  # the head is left to prediction
        self._first.append(first and len(step.shape or ()) == rank)
        if expression != name:
            self._put(f"{name} = {expression}", step)

    def _put(self, line: str, step: Step) -> None:
        if isinstance(step.layer, Code):  # of the text, whose style is its own
            line = f"{line}  # fmt: skip"
        elif line.endswith(")") and "\n" not in line:
            line = wrapped(line, 8)
        self._module.done.append(line)

    def _input(self, value: int, first: bool) -> str:
        """Return a value with its channels where they are wanted."""
        name, shape = self._variables[value], self._network.shape(value)
        rank = len(shape or ())
        if self._first[value] != first and rank > 1:
            order = to_first(rank) if first else to_last(rank)
            name = f"{name}.permute({', '.join(map(str, order))})"
        return self._devices.moved(value, name)

    def _fractions(self, value: int, step: Step) -> str:
        """Return what makes an input of whole numbers fractions, for all but what looks them up."""
        inputs = self._network.inputs
        whole = value < len(inputs) and inputs[value].whole and not isinstance(step.layer, Embedding)
        return ".float()" if whole else ""
