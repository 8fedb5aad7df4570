"""The graph of a model: its layers as statements of the language, with the values that each takes."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from swapbench_models.neural.keras_configuration.layers import call
from swapbench_models.neural.keras_configuration.model import Entry, Model
from swapbench_models.neural.keras_configuration.options import refuse_unless_granted
from swapbench_models.neural.keras_configuration.refusals import Refusals, Refuse, short
from swapbench_models.neural.language.tree import Layer
from swapbench_models.neural.meaning.kinds.kinds import KINDS

# Sines and cosines of single precision, with its error for the angles of a thousand steps.
_CLOSE = 1e-4


@dataclass(frozen=True, slots=True)
class Node:
    """One layer of the language: the statement that puts it in, and the nodes or inputs whose values it takes."""

    name: str
    layer: Layer
    takes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The nodes in an order in which each finds its values made, and the nodes or inputs that are left."""

    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]


def graph(model: Model, refusals: Refusals) -> Graph:
    """Return the graph of a model; what the language cannot say of its layers is added to `refusals`."""
    return _Reader(model, refusals).graph()


class _Reader:
    def __init__(self, model: Model, refusals: Refusals) -> None:
        self._model, self._refusals = model, refusals
        self._inputs = {each.name: each for each in model.inputs}
        self._entries = {each.name: each for each in model.entries}
        self._uses = Counter((*model.outputs, *(name for each in model.entries for name in each.takes)))
        # What stands for another's value: what the language does by itself, and so without a word.
        self._same: dict[str, str] = {}

    def graph(self) -> Graph:
        for each in self._model.inputs:
            self._check_input(each)
        nodes = tuple(node for each in self._model.entries if (node := self._node(each)) is not None)
        return Graph(nodes, tuple(self._same.get(name, name) for name in self._model.outputs))

    def _check_input(self, each: Entry) -> None:
        """Refuse an input that nobody takes, or that is no array of numbers; whole ones must be looked up, as the
        language has them."""
        refuse = self._refusals.of(each.label)
        if not self._uses[each.name]:
            refuse("is taken by no layer, as no input of the language is")
        looked_up = any(entry.kind == "Embedding" and each.name in entry.takes for entry in self._model.entries)
        for option, value in each.options.items():
            whole = option == "dtype" and isinstance(value, str) and value.startswith(("int", "uint"))
            if option != "batch_shape" and not (whole and looked_up):
                refuse_unless_granted(option, value, refuse)

    def _node(self, each: Entry) -> Node | None:
        refuse = self._refusals.of(each.label)
        takes = tuple(self._same.get(name, name) for name in each.takes)
        if each.operation and self._goes_without_saying(each):
            self._same[each.name] = takes[0]
            return None
        if each.operation and each.kind == "Add" and len(takes) == 1 and _positions(each):
            return Node(each.name, Layer("PositionalEncoding"), takes)
        said = call(each, refuse, in_order=self._turned(each.name))
        if said is None or each.shared:
            return Node(each.name, Layer(each.kind), takes)
        if any(constant is not None for constant in each.constants):
            refuse(f"is given {short(each.constants[0])}, and the language has values of layers alone")
        if said.name == "MultiHeadAttention":
            takes = _attending(takes, refuse)
        elif KINDS[said.name].joins != (len(takes) > 1):
            refuse(f"takes {len(takes)} value{'s' if len(takes) != 1 else ''}, as no {said.name} of the language does")
        return Node(each.name, Layer(said.name, said.arguments), takes)

    def _goes_without_saying(self, each: Entry) -> bool:
        """Return whether an operation does what the language does by itself.

        That is whole numbers cast where a layer computes with them, and the steps that are read backwards turned round.
        """
        if len(each.takes) != 1 or each.constants:
            return False
        (source,) = each.takes
        if each.kind == "Cast":
            return source in self._inputs and each.options.get("dtype") == "float32"
        return each.kind == "Flip" and each.options.get("axis") == 1 and self._turned(source)

    def _turned(self, name: str) -> bool:
        """Return whether what an entry leaves is turned round along its steps wherever it is taken."""
        entry = self._entries.get(name)
        if entry is None or not (entry.options.get("go_backwards") and entry.options.get("return_sequences")):
            return False
        turning = (other for other in self._entries.values() if other.kind == "Flip" and name in other.takes)
        return self._uses[name] == 1 and any(other.options.get("axis") == 1 for other in turning)


def _attending(takes: tuple[str, ...], refuse: Refuse) -> tuple[str, ...]:
    """Return what asks and, where it is another, what answers."""
    if len(takes) not in {2, 3} or takes[1] != takes[-1]:
        refuse("takes a query, and values that are their own keys, in the language")
        return takes[:1]
    return takes[:1] if takes[0] == takes[1] else takes[:2]


def _positions(each: Entry) -> bool:
    """Return whether what is added is sines and cosines, a row for each step (see `PositionalEncoding`)."""
    match each.constants:
        case [{"class_name": "__numpy__", "config": {"value": [[_, *_], *_] as rows}}]:
            fit = each.shape is not None and each.shape[1:] == (len(rows), len(rows[0]))
            return fit and all(_is_row(row, step, len(rows[0])) for step, row in enumerate(rows))
    return False


def _is_row(row: Any, step: int, features: int) -> bool:
    if not isinstance(row, list) or len(row) != features:
        return False
    return all(
        isinstance(value, int | float) and abs(value - _position(step, feature, features)) < _CLOSE
        for feature, value in enumerate(row)
    )


def _position(step: int, feature: int, features: int) -> float:
    angle = step / 10000 ** (feature // 2 * 2 / features)
    return math.cos(angle) if feature % 2 else math.sin(angle)
