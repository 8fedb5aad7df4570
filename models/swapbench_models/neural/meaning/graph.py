"""A graph under construction: steps are put in one after another, each checked against the shapes that it meets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from swapbench_models.neural.language.fault import Fault, Faults, Faulty
from swapbench_models.neural.network.layer import Layer, Shape, ShapeError
from swapbench_models.neural.network.network import Input, Part, Step
from swapbench_models.neural.network.pointwise import Meaningless
from swapbench_models.neural.network.times import EachStep, Joined

# Deeper than any network that was published, and yet laid out and checked within 50 ms.
MOST_STEPS = 2048


@dataclass(frozen=True, slots=True)
class Options:
    """How texts are read: `flatten_output` makes an Output see all of an example, `allow_code` lets a Lambda be."""

    flatten_output: bool = False
    allow_code: bool = False


class Graph:
    """The inputs, parts and steps so far, and what is wrong with them.

    Where a shape cannot be known, since what makes it is wrong or has no meaning, what follows is put in unchecked; a
    `blind` graph knows no shape at all, and refuses nothing for what reaches it.
    """

    def __init__(self, inputs: Sequence[Input], options: Options, faults: Faults, blind: bool = False) -> None:
        self.inputs = list(inputs)
        self.options = options
        self.parts: list[Part] = []
        self.steps: list[Step] = []
        self.faults = faults
        self.notes: list[Fault] = []
        self._blind = blind
        self._shapes: list[Shape | None] = [None if blind else each.shape for each in inputs]
        self._times = [1] * len(self.inputs)
        self._told: set[tuple[int, str]] = set()

    def begin(self, label: str, at: int, group: tuple[str, ...], device: str | None) -> None:
        """Begin a part: the steps that follow are of it."""
        self.parts.append(Part(label, at, group, device))

    def shape(self, value: int) -> Shape | None:
        """Return the shape of a value, None where it is not known."""
        return self._shapes[value]

    def put(self, layer: Layer, *inputs: int) -> int:
        """Put a step in and return the number of its value."""
        if len(self.steps) == MOST_STEPS:
            raise Faulty(self.parts[-1].at, f"the network has more than {MOST_STEPS:,} steps; make it smaller")
        shape = self._output(layer, inputs)
        times = max([self._times[value] for value in inputs])
        self.steps.append(Step(layer, inputs, shape, len(self.parts) - 1, times))
        self._shapes.append(shape)
        if isinstance(layer, EachStep):
            (steps, *_) = self._shapes[inputs[0]] or (1,)
            times *= steps or 1
        elif isinstance(layer, Joined):
            times //= layer.steps or 1
        self._times.append(times)
        return len(self._shapes) - 1

    def lost(self) -> int:
        """Return a value of which nothing is known, in place of what could not be laid out."""
        return self.put(Meaningless(""), 0)

    def whole(self, value: int) -> None:
        """Note that an input holds whole numbers."""
        if value < len(self.inputs):
            self.inputs[value] = replace(self.inputs[value], whole=True)

    def refuse(self, message: str) -> None:
        """Note that the part at hand is wrong; a macro that is used often is wrong once."""
        part = self.parts[-1]
        if not self._blind and (part.at, message) not in self._told:
            self._told.add((part.at, message))
            within = f" (in {' in '.join(reversed(part.group))})" if part.group else ""
            self.faults.add(part.at, f"layer {len(self.parts)}, {part.label}, {message}{within}")

    def note(self, message: str) -> None:
        """Note what is not wrong and yet worth a word."""
        self.notes.append(Fault(self.parts[-1].at, f"layer {len(self.parts)}, {self.parts[-1].label}, {message}"))

    def _output(self, layer: Layer, inputs: tuple[int, ...]) -> Shape | None:
        shapes = [shape for value in inputs if (shape := self._shapes[value]) is not None]
        if len(shapes) < len(inputs) or isinstance(layer, Meaningless):
            return None
        try:
            return layer.output_shape(*shapes)
        except ShapeError as error:
            self.refuse(str(error))
            return None
