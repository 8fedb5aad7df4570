"""Reading: from a network to nodes and frames, in the order of the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from swapbench_models.neural.drawing import words
from swapbench_models.neural.drawing.node import Frame, Node, Unit, Units
from swapbench_models.neural.drawing.widths import visible
from swapbench_models.neural.meaning.kinds.kinds import kind_of
from swapbench_models.neural.network.layer import Shape, product, told
from swapbench_models.neural.network.network import Network, Part, Step


def shown(shape: Shape | None) -> str:
    """Return a shape as it is shown."""
    return "shape unknown" if shape is None else told(shape)


def parameters(network: Network, steps: Sequence[Step]) -> int:
    """Return the trained parameters of some steps."""
    return sum(
        product(weight.shape) or 0
        for step in steps
        if network.known(step)
        for weight in step.layer.weights(*network.shapes(step))
        if weight.trained
    )


def settings(steps: Sequence[Step], part: Part) -> tuple[str, ...]:
    """Return what is said of the layer that some steps are."""
    said = [visible(each) for each in words.settings([step.layer for step in steps])]
    return (*said, *([visible(f"on {part.device}")] if part.device else []))


def holds(part: Part) -> bool:
    """Return whether the layers in a part's braces are within it, so that it stands before and after them."""
    found = kind_of(part.label)
    return found is not None and found.holds


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit with the part that it is of."""

    part: Part
    unit: Unit | None


class Reading:
    """The nodes of a network: one for each layer of the text, or for each step of one where `steps`."""

    def __init__(self, network: Network, steps: bool = False) -> None:
        self._network, self._steps = network, steps
        self._first = len(network.inputs)
        # The value that stands for each value in the picture.
        self._shown = list(range(self._first + len(network.steps)))
        grouped = groupby(range(len(network.steps)), key=lambda number: network.steps[number].part)
        self._of = {part: list(numbers) for part, numbers in grouped}
        if not steps:
            for numbers in self._of.values():
                for number in numbers:
                    self._shown[self._first + number] = self._first + numbers[-1]

    def inputs(self) -> list[Node]:
        """Return a node for each input."""
        return [
            Node("input", visible(each.name), ("whole numbers",) if each.whole else (), shown(each.shape), 0, value, ())
            for value, each in enumerate(self._network.inputs)
        ]

    def outputs(self) -> list[Node]:
        """Return a node for each output."""
        network = self._network
        return [
            Node(
                "output", "output" if len(network.outputs) == 1 else f"output {number + 1}", (),
                shown(network.shape(value)), 0, len(self._shown) + number, (self._shown[value],),
            )
            for number, value in enumerate(network.outputs)
        ]  # fmt: skip

    def layers(self) -> list[Placed]:
        """Return every part with its node; a part that only opens braces has none."""
        return [Placed(part, self._unit(number, part)) for number, part in enumerate(self._network.parts)]

    def _unit(self, number: int, part: Part) -> Unit | None:
        numbers = self._of.get(number, [])
        if not numbers:
            return None
        steps = [self._network.steps[each] for each in numbers]
        if self._steps and len(numbers) > 1:
            inner: Units = tuple(
                self._node(words.name(step.layer), [step], [each], part)
                for each, step in zip(numbers, steps, strict=True)
            )
            return Frame(visible(part.label), inner, at=part.at)
        # What stands before and after layers in braces is called by what it does there, within a frame of its name.
        name = words.name(steps[0].layer) if holds(part) else part.label
        return self._node(name, steps, numbers, part)

    def _node(self, name: str, steps: Sequence[Step], numbers: Sequence[int], part: Part) -> Node:
        own = {self._first + number for number in numbers}
        takes = (value for step in steps for value in step.inputs if value not in own)
        return Node(
            words.kind([step.layer for step in steps]), visible(name), settings(steps, part), shown(steps[-1].shape),
            parameters(self._network, steps), self._first + numbers[-1],
            tuple(dict.fromkeys(self._shown[value] for value in takes)), part.at,
        )  # fmt: skip
