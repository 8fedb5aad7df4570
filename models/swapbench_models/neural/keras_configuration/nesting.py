"""Nesting: a graph as statements of the language, whose branches begin at one value and are joined again.

A value lies *above* another when every way from the input to that leads through it; the nearest one is where the
branches begin that a join joins (dominators; Lengauer and Tarjan, 1979).
"""

from contextlib import suppress
from functools import reduce
from itertools import groupby

from swapbench_models.neural.keras_configuration.graph import Graph
from swapbench_models.neural.language.cursor import DEEPEST
from swapbench_models.neural.language.tree import Branch, Layer

Statements = tuple[Layer | Branch, ...]

# Where all inputs of a network with several are at hand.
_START = ""


class Tangled(Exception):  # noqa: N818  # a reason, which is told with those for layers
    """A graph is no nesting of branches; `name` is a node in the way, the message why."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def nested(graph: Graph, inputs: dict[str, str]) -> Statements:
    """Return a graph as statements; `inputs` has what each input is called in the text, by its name in the graph.

    Raises Tangled where no nesting of branches is this graph.
    """
    try:
        return _Nesting(graph, inputs).statements()
    except Tangled:
        if len(inputs) == 1:
            raise
        with suppress(Tangled):
            return _Nesting(graph, inputs, anywhere=True).statements()
        raise


class _Nesting:
    """Lays one graph out; with `anywhere`, an input that a join takes is taken there by its name, wherever that is."""

    def __init__(self, graph: Graph, inputs: dict[str, str], anywhere: bool = False) -> None:
        self._anywhere = anywhere
        self._nodes = {node.name: node for node in graph.nodes}
        self._inputs, self._outputs = inputs, graph.outputs
        self._said: set[str] = set()
        several = len(inputs) > 1
        self._start = _START if several else next(iter(inputs))
        # Of each value: the nearest one above it, and how many there are.
        self._above = dict.fromkeys(inputs, _START) if several else {}
        self._depth = {_START: 0, **dict.fromkeys(inputs, 1)}
        for node in graph.nodes:
            self._above[node.name] = self._meeting(node.takes)
            self._depth[node.name] = self._depth[self._above[node.name]] + 1

    def statements(self) -> Statements:
        return self._inside(self._start, self._outputs, 0)

    def _inside(self, start: str, values: tuple[str, ...], depth: int) -> Statements:
        """Return a block that begins at a value and leaves these, in order, all of which lie below it."""
        if depth > DEEPEST:
            raise Tangled(values[0], f"stands in branches more than {DEEPEST} deep")
        first = self._meeting(values)
        entered = self._below(start, first)
        if start == _START and entered in self._inputs:  # of all inputs at hand, one by its name
            return (Branch(self._inputs[entered], self._inside(entered, values, depth + 1)),)
        return (*self._between(start, first, depth), *self._branches(first, values, depth))

    def _between(self, start: str, value: str, depth: int) -> Statements:
        """Return what makes one value of another that lies above it."""
        found: list[Layer | Branch] = []
        while value != start:
            before = self._above[value]
            found.extend(reversed(self._made(value, before, depth)))
            value = before
        return tuple(reversed(found))

    def _made(self, value: str, before: str, depth: int) -> Statements:
        """Return what makes one value of the nearest above it."""
        if value in self._said:
            raise Tangled(value, "is taken by branches that do not begin at it, so that no nesting of branches says it")
        self._said.add(value)
        node = self._nodes[value]
        first, *rest = node.takes
        if node.layer == Layer("Add") and rest == [before] and first != before and first not in self._inputs:
            return (Layer("Residual", body=self._inside(before, (first,), depth + 1)),)
        return (*self._branches(before, node.takes, depth), node.layer)

    def _branches(self, start: str, values: tuple[str, ...], depth: int) -> Statements:
        """Return branches that leave these values; nothing where they are what is at hand."""
        if values == (tuple(self._inputs) if start == _START else (start,)):
            return ()
        found: list[Branch] = []
        for below, together in groupby(values, lambda value: self._below(start, value)):
            if below == start:
                found.extend(Branch(self._name(len(found) + n), ()) for n, _ in enumerate(together, 1))
            else:
                # What begins at an input is a branch of its name.
                name = self._inputs.get(below, self._name(len(found) + 1))
                begin = below if below in self._inputs else start
                found.append(Branch(name, self._inside(begin, tuple(together), depth + 1)))
        return tuple(found)

    def _name(self, number: int) -> str:
        """Return a name for a branch that is no input's."""
        name = f"branch_{number}"
        while name in self._inputs.values():
            name += "_"
        return name

    def _below(self, start: str, value: str) -> str:
        """Return the value next below another, on the way to one that lies further below or is the same."""
        while value != start and value not in self._inputs and self._above[value] != start:
            value = self._above[value]
        return value

    def _meeting(self, values: tuple[str, ...]) -> str:
        """Return the nearest value that lies above all of these, or is all of these."""
        others = [value for value in values if not (self._anywhere and value in self._inputs)]
        return reduce(self._common, others or values)

    def _common(self, one: str, other: str) -> str:
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            one = self._above[one]
        return one
