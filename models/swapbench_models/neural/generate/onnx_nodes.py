"""Nodes of a graph of ONNX, and the place in it where one layer puts its own."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from swapbench_models.neural.generate.elements import Argument, Listed, element
from swapbench_models.neural.network.layer import Shape


class Expression(str):
    """Python that makes an attribute's value, where the value itself would be long or inexact to read."""

    __slots__ = ()


# What generated code calls the function that returns the names of a layer's weights.
WEIGHTS_OF = "weights_of"

Value = int | float | str | Sequence[int] | Sequence[str]
# Values by their names, such as can be handed on as arguments.
Attributes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One operator: the names of the values that it takes and leaves, "" for one that is not wanted."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Value]

    def text(self, margin: int, owners: Mapping[tuple[str, ...], str]) -> str:
        """Return the call that makes it, as an element of a list.

        `owners` has the layer for all of its weights; where it takes them all, they are told by their layer.
        """
        inputs = [quoted(name) for name in self.inputs]
        for start in range(len(inputs)):
            if owner := owners.get(self.inputs[start:]):
                inputs[start:] = [f"*{WEIGHTS_OF}({quoted(owner)})"]
                break
        arguments: list[Argument] = [quoted(self.operator), Listed(tuple(inputs)), listed(self.outputs)]
        return element("make_node", [*arguments, *(_named(*pair) for pair in self.attributes.items())], margin)

    def renamed(self, names: Mapping[str, str]) -> "Node":
        """Return the node with other names for some values."""
        inputs, outputs = (tuple(names.get(name, name) for name in side) for side in (self.inputs, self.outputs))
        return replace(self, inputs=inputs, outputs=outputs)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a layer puts its nodes, and what it finds there.

    `taken` names its inputs, of these `shapes` in the language's order; `first`: they come with their channels first.
    What the layer leaves is called by its own `name`, what is between by that and a word: `dense_1.product`.
    """

    nodes: list[Node]
    name: str
    taken: tuple[str, ...]
    shapes: tuple[Shape, ...]
    shape: Shape
    first: bool = False

    def part(self, what: str) -> str:
        """Return the name of a weight of the layer, or of a value within it; of what it leaves for ""."""
        return f"{self.name}.{what}" if what else self.name

    def put(self, operator: str, *inputs: str, what: str = "", unwanted: int = 0, **attributes: Value) -> str:
        """Put a node in and return the name of what it leaves, after so many outputs that nobody wants."""
        left = self.part(what)
        self.nodes.append(Node(operator, inputs, ("",) * unwanted + (left,), attributes))
        return left

    def constant(self, what: str, **value: Any) -> str:
        """Put in a value that is always the same and return its name."""
        return self.put("Constant", what=what, **value)


def quoted(text: str) -> str:
    """Return a text as Python writes it."""
    return json.dumps(text)


def listed(values: Sequence[object], lead: str = "") -> Listed:
    """Return values as a list of Python's."""
    return Listed(tuple(quoted(value) if isinstance(value, str) else repr(value) for value in values), lead)


def _named(name: str, value: Value) -> Argument:
    match value:
        case Expression():
            return f"{name}={value}"
        case str():
            return f"{name}={quoted(value)}"
        case int() | float():
            return f"{name}={value!r}"
    return listed(value, f"{name}=")
