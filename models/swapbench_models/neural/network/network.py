"""A network: its inputs, and its primitive layers in an order in which each finds its inputs made."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from swapbench_models.neural.network.layer import Layer, Shape, Weight, product
from swapbench_models.neural.network.pointwise import Activation

# What turns the last values into probabilities: left to prediction, since losses are surer without it.
HEADS = ("softmax", "sigmoid")


@dataclass(frozen=True, slots=True)
class Input:
    """What a network is given: a name, a shape, and whether it holds whole numbers."""

    name: str
    shape: Shape
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One layer as the text has it, which may stand for several steps; `at` is its offset there."""

    label: str
    at: int
    group: tuple[str, ...] = ()
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One primitive layer: the values that it takes, by their number, and the shape that it leaves.

    Values are numbered: the inputs first, then what each step leaves. `part` is the number of the part that it is of.
    """

    layer: Layer
    inputs: tuple[int, ...]
    shape: Shape | None
    part: int
    times: int = 1


@dataclass(frozen=True, slots=True)
class Network:
    """Inputs, steps and outputs; `parts` are its layers as the text has them."""

    name: str
    inputs: tuple[Input, ...]
    steps: tuple[Step, ...]
    outputs: tuple[int, ...]
    parts: tuple[Part, ...] = ()

    def shape(self, value: int) -> Shape | None:
        """Return the shape of a value; None where a layer without meaning hides it."""
        return self.inputs[value].shape if value < len(self.inputs) else self.steps[value - len(self.inputs)].shape

    def shapes(self, step: Step) -> tuple[Shape, ...]:
        """Return the shapes of a step's inputs, all of which must be known."""
        return tuple(shape for value in step.inputs if (shape := self.shape(value)) is not None)

    def known(self, step: Step) -> bool:
        """Return whether the shapes of all of a step's inputs are known."""
        return all(self.shape(value) is not None for value in step.inputs)

    def weights(self) -> Iterator[tuple[Step, Weight]]:
        """Yield every array that the network holds, from input to output, with its step."""
        for step in self.steps:
            if self.known(step):
                yield from ((step, weight) for weight in step.layer.weights(*self.shapes(step)))

    def count_parameters(self) -> int:
        """Return the number of trained parameters."""
        return sum(product(weight.shape) or 0 for _, weight in self.weights() if weight.trained)

    def lost(self) -> Iterator[Input | Step]:
        """Yield the inputs and the steps whose value nobody takes."""
        taken = {value for step in self.steps for value in step.inputs} | set(self.outputs)
        made: tuple[Input | Step, ...] = (*self.inputs, *self.steps)
        yield from (each for number, each in enumerate(made) if number not in taken)

    def flops(self) -> int | None:
        """Return the operations for one example, as torch's counter has them; None where a length is unknown."""
        counts = [self.step_flops(step) for step in self.steps]
        return None if None in counts else sum(count for count in counts if count is not None)

    def step_flops(self, step: Step) -> int | None:
        """Return the operations of one step for one example; None where a length is unknown."""
        return product((step.times, step.layer.flops(*self.shapes(step)))) if self.known(step) else None

    def head(self) -> str | None:
        """Return what the network ends with, where that is one of HEADS and nothing but the end of its only output."""
        if len(self.outputs) != 1 or self.outputs[0] < len(self.inputs):
            return None
        last = self.steps[self.outputs[0] - len(self.inputs)].layer
        return last.kind if isinstance(last, Activation) and last.kind in HEADS else None

    def with_head(self) -> "Network":
        """Return the network with its head as a layer like any other, for those who run it without us.

        The head is no longer its end, which is a linear activation: generators write nothing for one.
        """
        if self.head() is None:
            return self
        (left,) = self.outputs
        last = self.steps[left - len(self.inputs)]
        end = replace(last, layer=Activation("linear"), inputs=(left,))
        return replace(self, steps=(*self.steps, end), outputs=(len(self.inputs) + len(self.steps),))
