"""The source of a network as a functional model of Keras, whichever library Keras computes with."""

from collections.abc import Iterator
from textwrap import indent

from swapbench_models.neural.generate.devices import named, of_keras
from swapbench_models.neural.generate.keras_helpers import ADAPTIVE, EACH_STEP, JOINED, ON, POSITIONS
from swapbench_models.neural.generate.keras_layers import evenly, made
from swapbench_models.neural.generate.names import Variables, layer_names
from swapbench_models.neural.generate.refusal import Reason
from swapbench_models.neural.generate.statements import bare, called, filled, fits, listed, tuple_
from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.convolution import Conv
from swapbench_models.neural.network.dense import Embedding
from swapbench_models.neural.network.layer import Shape, product
from swapbench_models.neural.network.network import Input, Network, Step
from swapbench_models.neural.network.pointwise import Activation, Code, GaussianNoise
from swapbench_models.neural.network.pooling import AdaptivePool
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.times import EachStep, Joined


def unsupported(network: Network) -> Iterator[Reason]:
    """Yield every layer that Keras has no way to do, with the reason."""
    for step in network.steps:
        match step.layer:
            case Conv(strides=strides, dilation=dilation) if max(strides) > 1 and max(dilation) > 1:
                yield step, "strides and dilation_rate: Keras has one of the two above 1 alone"
            case Attention() as layer if network.known(step) and _mistaken(layer, network.shapes(step)):
                yield step, "key_dim 1: Keras computes something else where there are as many places as heads"
            case Attention() as layer if network.known(step) and in_rows(layer, network.shapes(step)):
                if network.shapes(step)[0][:-1].count(None) > 1:
                    yield step, "Keras puts the places of several axes in a row where all but one have known lengths"
    for step, device in named(network):
        if of_keras(device) is None:
            yield step, f"device {device}: Keras knows cpu, gpu and tpu, with a number (gpu:0) or without"
        elif _is_no_layer(step, network):
            yield step, f"device {device}: Keras has no layer that does this, and nothing else of it goes by devices"


def source(network: Network) -> str:
    """Return the source of a module whose `build_model()` returns the network in Keras."""
    return _Writer(network).text()


class _Writer:
    def __init__(self, network: Network) -> None:
        self._network = network
        self._names = layer_names(network)
        self._variables = Variables(network)
        self._helpers: set[str] = set()
        self._done: list[str] = []

    def text(self) -> str:
        inputs = self._inputs()
        for number, step in enumerate(self._network.steps):
            self._step(number, step)
        outputs = [self._variables[value] for value in self._network.outputs]
        left = outputs[0] if len(outputs) == 1 else "outputs"
        body = [
            *inputs,
            *self._done,
            *((listed("outputs = ", outputs, 4),) if len(outputs) > 1 else ()),
            called("return keras.Model", ("inputs", left, f'name="{self._network.name}"'), 4),
        ]
        return "\n".join((*self._head("\n".join(body)), indent("\n".join(body), "    "))) + "\n"

    def _head(self, body: str) -> Iterator[str]:
        helpers = [helper for helper in (ON, POSITIONS, ADAPTIVE, EACH_STEP, JOINED) if helper in self._helpers]
        purpose = f"Network {self._network.name} in Keras; `build_model()` returns it with random weights."
        yield f'"""{filled(purpose, 6)}"""'
        yield ""
        if ON in self._helpers:
            yield "from functools import wraps"
            yield ""
        yield "import keras"
        if POSITIONS in self._helpers:
            yield "import numpy as np"
        if "layers." in body + "".join(helpers):
            yield "from keras import layers"
        for helper in helpers:
            yield f"\n\n{helper}"
        yield "\n\ndef build_model() -> keras.Model:"
        yield '    """Return the network with random weights, ready to be trained.'
        yield f"\n{indent(filled(self._purpose(), 4), '    ')}"
        yield '    """'

    def _purpose(self) -> str:
        network = self._network
        taken = " and ".join(
            f"{each.name} {_batched(each.shape)}" if len(network.inputs) > 1 else _batched(each.shape)
            for each in network.inputs
        )
        left = " and ".join(_batched(network.shape(value) or ()) for value in network.outputs)
        head = network.head()
        probable = "" if head is None else f", logits whose {head} are probabilities"
        return f"It takes {taken} and returns {left}{probable}."

    def _inputs(self) -> list[str]:
        made_ = [_input(each) for each in self._network.inputs]
        names = [self._variables[value] for value in range(len(made_))]
        if len(made_) == 1:
            return [f"{names[0]} = inputs = {made_[0]}"]
        return [listed("inputs = ", made_, 4), bare("", names, 4, " = inputs")]

    def _step(self, number: int, step: Step) -> None:
        """Write one step: the statements that make its value of those that it takes."""
        network = self._network
        last = network.head() is not None and network.outputs == (len(network.inputs) + number,)
        taken = tuple(self._taken(value, step) for value in step.inputs)
        name = self._variables.assign(number, step.inputs)
        if last or step.layer == Activation("linear"):  # the head is left to prediction
            if taken[0] != name:
                self._put(f"{name} = {taken[0]}")
            return
        self._write(name, step, taken, self._names[number])

    def _taken(self, value: int, step: Step) -> str:
        """Return a value, as decimal fractions for all but what looks whole numbers up."""
        inputs, name = self._network.inputs, self._variables[value]
        whole = value < len(inputs) and inputs[value].whole and not isinstance(step.layer, Embedding)
        return f'keras.ops.cast({name}, "float32")' if whole else name

    def _write(self, name: str, step: Step, taken: tuple[str, ...], layer_name: str) -> None:
        (x, *_), (shape, *_) = taken, self._network.shapes(step)
        match step.layer:
            case PositionalEncoding():
                self._helpers.add(POSITIONS)
                self._put(f"{name} = {x} + positions({shape[0]}, {shape[1]})")
            case AdaptivePool(kind, places) if not evenly(places, shape):
                self._helpers.add(ADAPTIVE)
                reduce = "mean" if kind == "average" else "max"
                self._put(f"{name} = pooled({x}, {tuple_(places)}, keras.ops.{reduce})")
            case EachStep():
                self._each_step(name, x, shape)
            case Joined(steps):
                self._joined(name, x, steps, shape)
            case Attention() as layer:
                self._attention(name, layer, step, taken, layer_name)
            case GaussianNoise(deviation) if deviation > 1:
                # Keras has noise of deviation 1 at most; a power of two leaves what is divided by it as it was.
                scale = 1 << int(deviation).bit_length()
                self._put(f"{name} = layers.GaussianNoise({deviation / scale})({x} / {scale}) * {scale}")
            case Recurrent(backward=True, sequences=True):
                self._layer(name, step, x, layer_name)
                self._put(f"{name} = keras.ops.flip({name}, 1)")
            case _ if len(taken) > 1:
                joined = f"[{', '.join(taken)}]"
                if not fits(joined, 40):
                    self._put(listed("values = ", taken, 4))
                    joined = "values"
                self._layer(name, step, joined, layer_name)
            case _:
                self._layer(name, step, x, layer_name)

    def _layer(self, name: str, step: Step, taken: str, layer_name: str) -> None:
        """Write a layer of Keras; one with weights goes by its name in the network."""
        shapes = self._network.shapes(step)
        found = made(step.layer, shapes)
        arguments = [*found.arguments, *([f'name="{layer_name}"'] if step.layer.weights(*shapes) else [])]
        layer = f"layers.{found.kind}({', '.join(arguments)})"
        line = f"{name} = {self._on(step, layer)}({taken})"
        if isinstance(step.layer, Code):  # of the text, whose style is its own
            self._put(f"{line}  # fmt: skip")
        elif fits(line, 4):
            self._put(line)
        else:
            self._put(called(f"layer = layers.{found.kind}", arguments, 4))
            self._put(f"{name} = {self._on(step, 'layer')}({taken})")

    def _on(self, step: Step, layer: str) -> str:
        """Return a layer on the device of its step."""
        device = self._network.parts[step.part].device
        if device is None:
            return layer
        self._helpers.add(ON)
        return f'on("{of_keras(device)}", {layer})'

    def _attention(self, name: str, layer: Attention, step: Step, taken: tuple[str, ...], layer_name: str) -> None:
        shapes = self._network.shapes(step)
        flat = in_rows(layer, shapes)
        names = list(taken)
        for number, (shape, x) in enumerate(zip(shapes, taken, strict=True)):
            if flat and len(shape) > 2:
                names[number] = ("asking", "answering")[number]
                self._put(f"{names[number]} = layers.Reshape((-1, {shape[-1]}))({x})")
        ordered = ", use_causal_mask=True" if layer.causal else ""
        self._layer(name, step, f"{names[0]}, {names[-1]}{ordered}", layer_name)
        if flat and len(shapes[0]) > 2:
            back = tuple(-1 if size is None else size for size in shapes[0])
            self._put(f"{name} = layers.Reshape({tuple_(back)})({name})")

    def _each_step(self, name: str, x: str, shape: Shape) -> None:
        if None in shape[1:]:
            self._helpers.add(EACH_STEP)
            self._put(f"{name} = EachStep()({x})")
        else:
            self._put(f"{name} = keras.ops.reshape({x}, {tuple_((-1, *shape[1:]))})")

    def _joined(self, name: str, x: str, steps: int, shape: Shape) -> None:
        if None in shape:
            self._helpers.add(JOINED)
            self._put(f"{name} = Joined({steps})({x})")
        else:
            self._put(f"{name} = keras.ops.reshape({x}, {tuple_((-1, steps, *shape))})")

    def _put(self, statement: str) -> None:
        self._done.append(statement)


def _mistaken(layer: Attention, shapes: tuple[Shape, ...]) -> bool:
    """Return whether Keras may take places for heads.

    Keras 3.15 does so in TensorFlow; in JAX it is right, but what is written for one of them may be run by the other.
    """
    places = shapes[0][:-1]
    counts = {*places, product(places)}
    return layer.key_size == 1 and layer.heads > 1 and not counts.isdisjoint({None, layer.heads})


def in_rows(layer: Attention, shapes: tuple[Shape, ...]) -> bool:
    """Return whether the places of several axes are to be put in a row first.

    Keras orders them along one axis alone, and takes no value that asks with more axes than the other answers.
    """
    ranks = {len(shape) for shape in shapes}
    return len(ranks) > 1 or (layer.causal and ranks != {2})


def _input(each: Input) -> str:
    whole = ', dtype="int32"' if each.whole else ""
    return f"keras.Input({tuple_(each.shape)}{whole})"


def _batched(shape: Shape) -> str:
    return f"(n, {', '.join(map(str, shape))})" if shape else "(n,)"


def _is_no_layer(step: Step, network: Network) -> bool:
    """Return whether what a step computes is written without a layer of Keras that could be on a device."""
    match step.layer:
        case PositionalEncoding():
            return True
        case AdaptivePool(places=places):
            return not evenly(places, network.shapes(step)[0])
        case GaussianNoise(deviation):
            return deviation > 1
    return False
