"""The layout: statements of the language, one after another, as steps of a graph."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from swapbench_models.neural.language.fault import Faulty, nearest
from swapbench_models.neural.language.tree import Argument, Branch, Call, Define, Layer
from swapbench_models.neural.meaning.converters import Unfit, positive
from swapbench_models.neural.meaning.graph import MOST_STEPS, Graph
from swapbench_models.neural.meaning.kinds.kinds import KINDS, kind_of, meaningless
from swapbench_models.neural.meaning.signature import Signature
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.meaning.values import Plain, Values
from swapbench_models.neural.meaning.work import STATEMENT
from swapbench_models.neural.network.device import KNOWN, numbered
from swapbench_models.neural.network.pointwise import Meaningless

# Macros that use macros that use macros; published files go three deep.
DEEPEST = 32
# Blocks of macros in blocks of others; the interpreter's own stack holds more.
DEEPEST_BLOCKS = 100
# As many as there can be steps, and as many macros again.
MOST_STATEMENTS = 2 * MOST_STEPS
# That stand side by side: as many as there can be steps to make them.
MOST_VALUES = MOST_STEPS


@dataclass(frozen=True, slots=True)
class Scope:
    """Where statements stand: the arguments of the macro around them, the macros that led here, the device of what
    they stand in, and the layer that holds them `apart` from the network's inputs, if one does."""

    variables: Mapping[str, Plain]
    group: tuple[str, ...] = ()
    device: str | None = None
    apart: str | None = None


class Layout:
    """Lays statements out in a graph, with the macros of the file at hand."""

    def __init__(self, graph: Graph, macros: Mapping[str, Define], values: Values, lost: Collection[str] = ()) -> None:
        """`lost` are macros of which nothing but their names could be read."""
        self._lost = lost
        self._graph, self._macros, self._values = graph, macros, values
        self._faults = graph.faults
        self._inputs = {each.name: (number,) for number, each in enumerate(graph.inputs)}
        self._laid_out = 0
        self._depth = 0
        self._told: set[int] = set()

    def lay_out(
        self, statements: tuple[Layer | Branch, ...], inputs: tuple[int, ...], scope: Scope, start: int | None = None
    ) -> tuple[int, ...]:
        """Lay out a block after some values and return those that leave it: what its last statement left.

        Branches that stand side by side all begin where the block is, or at the input of their name.
        """
        if self._depth == DEEPEST_BLOCKS:
            raise Faulty(
                statements[0].at if statements else 0, f"blocks stand in blocks more than {DEEPEST_BLOCKS} deep"
            )
        self._depth += 1
        try:
            return self._after_one_another(statements, inputs, scope, inputs[0] if start is None else start)
        finally:
            self._depth -= 1

    def _after_one_another(
        self, statements: tuple[Layer | Branch, ...], inputs: tuple[int, ...], scope: Scope, start: int
    ) -> tuple[int, ...]:
        current = inputs
        for branches, group in groupby(statements, lambda statement: isinstance(statement, Branch)):
            if branches:
                current = self._branches(group, current, scope)  # type: ignore[arg-type]
                continue
            for layer in group:
                step = self._prepared(layer, scope)  # type: ignore[arg-type]
                for _ in range(self._times(layer, scope)):
                    self._count(layer)
                    current, start = step(current, start)
        return current

    def _branches(self, branches: Iterable[Branch], current: tuple[int, ...], scope: Scope) -> tuple[int, ...]:
        """Lay out branches side by side and return all that they leave, which doubles where no join is between two."""
        left: list[int] = []
        for branch in branches:
            before = len(left)
            left += self._branch(branch, current, scope)
            self._values.work.spend(branch.at, len(left) - before)
            if len(left) > MOST_VALUES:
                raise Faulty(branch.at, f"branches leave more than {MOST_VALUES:,} values; join them earlier")
        return tuple(left)

    def _branch(self, branch: Branch, current: tuple[int, ...], scope: Scope) -> tuple[int, ...]:
        named = self._inputs
        if scope.apart is not None and branch.name in named:
            self._faults.add(
                branch.at,
                f"input {branch.name} is not at hand in {scope.apart}, whose layers see each step by itself; give the "
                "branch another name, or take the input after it",
            )
            named = {}
        values = named.get(branch.name, current)
        for _ in range(self._times(branch, scope)):
            self._count(branch)
            values = self.lay_out(branch.body, values, scope)
        return values

    def _prepared(self, layer: Layer, scope: Scope) -> Callable[[tuple[int, ...], int], tuple[tuple[int, ...], int]]:
        """Return what lays a layer out: from the values before it, and where its block's next join begins, to both."""
        if layer.name in self._macros:
            return lambda current, start: (self._macro(layer, current, scope), start)
        kind = kind_of(layer.name)
        if kind is None:
            return lambda current, start: (self._unknown(layer, current, scope), start)
        given = self._bind(kind.signature, layer.arguments, layer.at, scope)
        within = self._within(layer, scope)

        def lay_out(current: tuple[int, ...], start: int) -> tuple[tuple[int, ...], int]:
            self._graph.begin(kind.signature.name, layer.at, scope.group, within.device)
            if given is None:
                return (self._graph.lost(),), start
            value = kind.make(Use(self._graph, given, current, start, layer.body, inner, bind))
            if kind.joins:
                start = value
            # Layers in the braces of one that holds none follow it.
            follows = layer.body is not None and not kind.holds
            return (self.lay_out(layer.body or (), (value,), within) if follows else (value,)), start

        def inner(body: tuple[Layer | Branch, ...], values: tuple[int, ...]) -> tuple[int, ...]:
            return self.lay_out(body, values, replace(within, apart=kind.signature.name) if kind.apart else within)

        def bind(signature: Signature, call: Call) -> dict[str, Any] | None:
            return self._bind(signature, call.arguments, call.at, scope)

        return lay_out

    def _count(self, statement: Layer | Branch) -> None:
        """Count a statement that is laid out: macros that use macros could go on for ever without a single step."""
        self._laid_out += 1
        self._values.work.spend(statement.at, STATEMENT)
        if self._laid_out > MOST_STATEMENTS:
            raise Faulty(
                statement.at, f"macros and repetitions make more than {MOST_STATEMENTS:,} statements; make fewer"
            )

    def _bind(
        self, signature: Signature, arguments: tuple[Argument, ...], at: int, scope: Scope
    ) -> dict[str, Any] | None:
        try:
            return signature.bind(arguments, at, self._values, scope.variables, self._faults)
        except Faulty as error:
            self._faults.add(error.fault.at, error.fault.message)
            return None

    def _macro(self, layer: Layer, current: tuple[int, ...], scope: Scope) -> tuple[int, ...]:
        macro = self._macros[layer.name]
        if layer.name in scope.group:
            raise Faulty(layer.at, f"{layer.name} uses itself, which never ends")
        if len(scope.group) == DEEPEST:
            raise Faulty(layer.at, f"macros use macros more than {DEEPEST} deep; expected fewer")
        variables = self._arguments(macro, layer, scope)
        if variables is None:
            return (self._graph.lost(),)
        within = self._within(layer, scope)
        inside = replace(within, variables=variables, group=(*scope.group, layer.name))
        left = self.lay_out(macro.body, current, inside)
        return self.lay_out(layer.body, left, within) if layer.body else left

    def _arguments(self, macro: Define, layer: Layer, scope: Scope) -> dict[str, Plain] | None:
        """Return the values of a macro's arguments; None where one is missing or unknown."""
        before = self._faults.noted
        self._values.work.spend(layer.at, len(layer.arguments))
        found: dict[str, Plain] = {}
        for position, argument in enumerate(layer.arguments):
            name = argument.name
            if name is None:
                name = macro.parameters[position] if position < len(macro.parameters) else ""
            if name not in macro.parameters or name in found:
                told = "twice" if name in found else "and has no such argument"
                near = nearest(name, macro.parameters) or f"; it takes {', '.join(macro.parameters) or 'none'}"
                self._faults.add(
                    argument.at, f"{macro.name} is given {name or f'argument {position + 1}'} {told}{near}"
                )
                continue
            found[name] = self._values.plain(argument.value, scope.variables, f"{macro.name} {name}", argument.at)
        missing = [name for name in macro.parameters if name not in found]
        if missing:
            self._faults.add(layer.at, f"{macro.name} requires {', '.join(missing)}")
        return found if self._faults.noted == before else None

    def _unknown(self, layer: Layer, current: tuple[int, ...], scope: Scope) -> tuple[int, ...]:
        self._graph.begin(layer.name, layer.at, scope.group, self._within(layer, scope).device)
        if meaningless(layer.name):
            self._graph.note("has no meaning that anyone has defined: no backend generates it")
            return (self._graph.put(Meaningless(layer.name), *current),)
        if layer.name in self._lost or layer.at in self._told:
            return (self._graph.lost(),)
        self._told.add(layer.at)  # in a macro it stands once, however often that is used
        near = nearest(layer.name, (*self._macros, *KINDS))
        self._faults.add(layer.at, f"there is no layer and no macro {layer.name}{near}")
        return (self._graph.lost(),)

    def _times(self, statement: Layer | Branch, scope: Scope) -> int:
        if statement.times == 1:
            return 1
        try:
            times = positive(self._values.plain(statement.times, scope.variables, "times", statement.at))
        except Unfit as error:
            raise Faulty(statement.at, f"the number of repetitions {error}") from None
        if times > MOST_STEPS:
            raise Faulty(statement.at, f"{times:,} repetitions are more than the {MOST_STEPS:,} steps of a network")
        return times

    def _within(self, layer: Layer, scope: Scope) -> Scope:
        """Return where the layers of a layer or a macro stand: on its device, if it names one."""
        if layer.device is None:
            return scope
        if numbered(layer.device) is None:
            self._faults.add(layer.at, f'there is no device "{layer.device}"; there are {KNOWN}')
        return replace(scope, device=layer.device)
