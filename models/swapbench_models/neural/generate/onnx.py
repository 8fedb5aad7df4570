"""The source of a network as a graph of ONNX: one line an operator, in the order in which they are computed."""

import math
from collections.abc import Iterator
from textwrap import indent

from swapbench_models.neural.generate.elements import element
from swapbench_models.neural.generate.layouts import channels_first, to_first, to_last
from swapbench_models.neural.generate.names import layer_names
from swapbench_models.neural.generate.onnx_layers import lay
from swapbench_models.neural.generate.onnx_nodes import WEIGHTS_OF, Node, Place, listed, quoted
from swapbench_models.neural.generate.onnx_sequences import POSITIONS
from swapbench_models.neural.generate.onnx_shapes import stored_shape
from swapbench_models.neural.generate.onnx_windows import unpadded
from swapbench_models.neural.generate.purpose import purpose
from swapbench_models.neural.generate.refusal import Reason
from swapbench_models.neural.generate.statements import filled
from swapbench_models.neural.network.dense import Embedding
from swapbench_models.neural.network.device import numbered
from swapbench_models.neural.network.layer import Shape
from swapbench_models.neural.network.network import Network, Step
from swapbench_models.neural.network.pointwise import Code

# GroupNormalization is as the language has it from this version on; the version of the format is the one beside it.
OPERATORS, FORMAT = 21, 10
# Protocol buffers, in which a model is written, hold no more in one piece. Some of it is for the graph.
MOST_BYTES = 2**31 - 2**20

_MARGIN = 8


def unsupported(network: Network) -> Iterator[Reason]:
    """Yield every layer that a graph of ONNX has no way to do, with the reason."""
    held = 0
    for step in network.steps:
        device = network.parts[step.part].device
        if device is not None and numbered(device) != "cpu:0":
            yield step, f"device {device}: a graph of ONNX names no device, and is run on the processor"
        if isinstance(step.layer, Code):
            yield step, "code: a graph of ONNX has operators alone"
        if not network.known(step):
            continue
        shapes = network.shapes(step)
        if (reason := unpadded(step.layer, shapes[0])) is not None:
            yield step, reason
        size = sum(4 * math.prod(weight.shape) for weight in step.layer.weights(*shapes))
        if held <= MOST_BYTES < held + size:
            yield step, "its weights and those before it have more than the 2 GiB that one model of ONNX holds"
        held += size


def source(network: Network) -> str:
    """Return the source of a module whose `build_model()` returns the network as a model of ONNX."""
    return _Writer(network).text()


class _Writer:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._layers = layer_names(network)
        self._nodes: list[Node] = []
        self._turned: set[str] = set()
        self._inputs = self._free([each.name for each in network.inputs], self._layers)
        # Of each value: what it is called, and whether its channels stand first.
        self._values = list(self._inputs)
        self._first = [False] * len(network.inputs)
        self._whole = {name for name, each in zip(self._inputs, network.inputs, strict=True) if each.whole}

    def text(self) -> str:
        for number, step in enumerate(self._network.steps):
            self._step(number, step)
        outputs, nodes = self._named_outputs()
        owners = {names: layer for layer, names in self._held() if len(names) > 1}
        body = "\n".join(node.text(_MARGIN, owners) for node in nodes)
        helpers = [helper for word, helper in _HELPERS.items() if f"{word}(" in body]
        return _MODULE.format(
            name=self._network.name,
            quoted=quoted(self._network.name),
            weights=self._weights(),
            helpers="".join(f"{helper}\n\n\n" for helper in helpers),
            purpose=indent(filled(purpose(self._network), 4), " " * 4),
            nodes=body,
            inputs="\n".join(
                _declared(name, each.shape, each.whole)
                for name, each in zip(self._inputs, self._network.inputs, strict=True)
            ),
            outputs="\n".join(
                _declared(name, self._network.shape(value) or ())
                for name, value in zip(outputs, self._network.outputs, strict=True)
            ),
            format=FORMAT,
            operators=OPERATORS,
        )

    def _held(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield each layer's name with those of its weights."""
        for name, step in zip(self._layers, self._network.steps, strict=True):
            weights = step.layer.weights(*self._network.shapes(step))
            yield name, tuple(f"{name}.{weight.name}" for weight in weights)

    def _weights(self) -> str:
        """Return the lines of a dictionary with the shape of every weight, in the order of the layers."""
        network = self._network
        lines = [
            f'    "{name}.{weight.name}": {stored_shape(step.layer, weight)},\n'
            for name, step in zip(self._layers, network.steps, strict=True)
            for weight in step.layer.weights(*network.shapes(step))
        ]
        return f"{{\n{''.join(lines)}}}" if lines else "{}"

    def _step(self, number: int, step: Step) -> None:
        """Put in the nodes of one step, and those that give its inputs the form that it wants."""
        network = self._network
        shapes, shape = network.shapes(step), step.shape or ()
        rank = len(shapes[0])
        first = channels_first(step.layer, rank, tuple(self._first[value] for value in step.inputs))
        whole = isinstance(step.layer, Embedding)
        taken = tuple(self._taken(value, first, whole) for value in step.inputs)
        head = network.head() is not None and network.outputs == (len(network.inputs) + number,)
        place = Place(self._nodes, self._layers[number], taken, shapes, shape, first)
        self._values.append(taken[0] if head else lay(step.layer, place))  # the head is left to prediction
        self._first.append(first and len(shape) == rank)

    def _taken(self, value: int, first: bool, whole: bool = False) -> str:
        """Return the name of a value with its channels where they are wanted, and as real numbers but where `whole`."""
        name, rank = self._values[value], len(self._network.shape(value) or ())
        if name in self._whole and not whole:
            name = self._once("Cast", name, f"{name}.real", to=1)
        if self._first[value] == first or rank < 2:
            return name
        order = to_first(rank) if first else to_last(rank)
        return self._once("Transpose", name, f"{name}.channels_{'first' if first else 'last'}", perm=order)

    def _once(self, operator: str, name: str, left: str, **attributes: int | tuple[int, ...]) -> str:
        """Put in a node of one input unless it is there already, and return the name of what it leaves."""
        if left not in self._turned:
            self._turned.add(left)
            self._nodes.append(Node(operator, (name,), (left,), attributes))
        return left

    def _named_outputs(self) -> tuple[tuple[str, ...], list[Node]]:
        """Return the names of the outputs, and the nodes, which leave them under these names.

        What no node leaves under a name of its own, an input or what is an output twice, is passed on by one that does.
        """
        network = self._network
        several = [f"output_{number}" for number in range(1, len(network.outputs) + 1)]
        plain = ["logits"] if network.head() else ["output"] if len(several) == 1 else several
        names = self._free(plain, (*self._layers, *self._inputs))
        given: dict[str, str] = {}
        for name, value in zip(names, network.outputs, strict=True):
            left = self._taken(value, first=False)
            if left in given or left in self._inputs:
                self._nodes.append(Node("Identity", (left,), (name,), {}))
            else:
                given[left] = name
        return names, [node.renamed(given) for node in self._nodes]

    @staticmethod
    def _free(names: list[str], taken: tuple[str, ...]) -> tuple[str, ...]:
        """Return names with a mark after those that are taken."""
        found: list[str] = []
        for name in names:
            free = name
            while free in taken or free in found:
                free = f"{free}_"
            found.append(free)
        return tuple(found)


def _declared(name: str, shape: Shape, whole: bool = False) -> str:
    kind = "TensorProto.INT64" if whole else "TensorProto.FLOAT"
    return element("make_tensor_value_info", [quoted(name), kind, listed(("n", *shape))], _MARGIN)


_HELPERS = {
    WEIGHTS_OF: f'''def {WEIGHTS_OF}(layer: str) -> list[str]:
    """Return the names of a layer's weights."""
    return [name for name in WEIGHTS if name.startswith(f"{{layer}}.")]''',
    "positions": POSITIONS,
}

_MODULE = '''"""Network {name} as a graph of ONNX; `build_model()` returns it with the weights that it is given."""

import numpy as np
from onnx import ModelProto, TensorProto
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info
from onnx.numpy_helper import from_array

# Every weight by its name, laid out as the operators want it.
WEIGHTS: dict[str, tuple[int, ...]] = {weights}


{helpers}def build_model(weights: dict[str, np.ndarray] | None = None) -> ModelProto:
    """Return the network with these weights, zeros where none are given.

{purpose}
    """
    nodes = [
{nodes}
    ]
    inputs = [
{inputs}
    ]
    outputs = [
{outputs}
    ]
    arrays = {{name: np.zeros(shape, np.float32) for name, shape in WEIGHTS.items()}} | (weights or {{}})
    if {{name: array.shape for name, array in arrays.items()}} != WEIGHTS:
        raise ValueError("weights must have the names and shapes of WEIGHTS")
    initializers = [from_array(np.asarray(array, np.float32), name) for name, array in arrays.items()]
    graph = make_graph(nodes, {quoted}, inputs, outputs, initializers)
    return make_model(graph, ir_version={format}, opset_imports=[make_opsetid("", {operators})])
'''
