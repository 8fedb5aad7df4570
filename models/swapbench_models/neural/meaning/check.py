"""The check: what a source's networks are, or everything that is wrong with them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from swapbench_models.neural.language import tree
from swapbench_models.neural.language.fault import Enough, Fault, Faults, Faulty, LanguageError
from swapbench_models.neural.language.parser import Read, read_all
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Call, Choice, Define, Group, Program, Setting, Value
from swapbench_models.neural.meaning.converters import LARGEST, MOST_AXES
from swapbench_models.neural.meaning.graph import MOST_STEPS, Graph, Options
from swapbench_models.neural.meaning.layout import Layout, Scope
from swapbench_models.neural.meaning.reader import Reader
from swapbench_models.neural.meaning.space import Dimension
from swapbench_models.neural.meaning.training import Training
from swapbench_models.neural.meaning.values import Values
from swapbench_models.neural.meaning.work import Work
from swapbench_models.neural.network.layer import Shape
from swapbench_models.neural.network.network import Input, Network

_MOST_INPUTS = 256
# Of all networks of a file together: each of them may have MOST_STEPS.
_MOST_STEPS = 4 * MOST_STEPS


@dataclass(frozen=True, slots=True)
class Checked:
    """A network with its training, its hyper-parameters, and what is worth a word though not wrong.

    `input_at` is the offset at which the text says what the network takes.
    """

    network: Network
    training: Training
    space: tuple[Dimension, ...] = ()
    notes: tuple[Fault, ...] = ()
    input_at: int = 0


def check(
    source: Source, chosen: Mapping[int, Value] | None = None, options: Options | None = None
) -> tuple[Checked, ...]:
    """Return all networks of a source; raises LanguageError with everything that is wrong with it.

    `chosen` says which alternative each hyper-parameter takes, by its offset; by default the first, or the low end.
    """
    found, faults = examine(source, chosen, options)
    if faults:
        raise LanguageError(source, faults)
    return found


def examine(
    source: Source, chosen: Mapping[int, Value] | None = None, options: Options | None = None
) -> tuple[tuple[Checked, ...], Faults]:
    """Return what `check` returns, as far as it could be read, and what is wrong with it."""
    return examine_read(read_all(source), chosen, options)


def examine_read(
    read: Read, chosen: Mapping[int, Value] | None = None, options: Options | None = None
) -> tuple[tuple[Checked, ...], Faults]:
    """Return what `examine` returns, of a source that has been read."""
    faults = Faults(read.faults)
    found: tuple[Checked, ...] = ()
    try:
        macros = _macros(read.program, faults)
        # Where the grammar is wrong, something is missing, and shapes would only mislead.
        blind = len(faults) > 0
        lost = read.macros - macros.keys()
        networks = _Networks(read.source, macros, chosen or {}, options or Options(), faults, lost, blind)
        found = tuple(networks.all_of(read.program))
    except Enough:
        pass
    return found, faults


def _macros(program: Program, faults: Faults) -> dict[str, Define]:
    macros: dict[str, Define] = {}
    for item in program.items:
        if isinstance(item, Define):
            if item.name in macros:
                faults.add(item.at, f"there is a macro {item.name} already")
            macros[item.name] = item
    return macros


@dataclass(frozen=True, slots=True)
class _Networks:
    source: Source
    macros: Mapping[str, Define]
    chosen: Mapping[int, Value]
    options: Options
    faults: Faults
    lost: frozenset[str]
    blind: bool
    work: Work = field(default_factory=Work)

    def all_of(self, program: Program) -> Iterator[Checked]:
        steps = 0
        for item in program.items:
            if isinstance(item, tree.Network):
                yield (found := self.checked(item))
                steps += len(found.network.steps)
                if steps > _MOST_STEPS:
                    self.faults.add(item.at, f"the networks of a file have at most {_MOST_STEPS:,} steps together")
                    return

    def checked(self, item: tree.Network) -> Checked:
        values, before = Values(self.chosen, work=self.work), self.faults.noted
        inputs = tuple(self._inputs(item, values)) or ((Input("input", ()),) if self.blind else ())
        graph = Graph(inputs, self.options, self.faults, self.blind)
        outputs: tuple[int, ...] = ()
        if inputs:
            try:
                outputs = Layout(graph, self.macros, values, self.lost).lay_out(
                    item.layers, tuple(range(len(inputs))), Scope({})
                )
            except Faulty as error:
                self.faults.add(error.fault.at, error.fault.message)
        network = Network(item.name, tuple(graph.inputs), tuple(graph.steps), outputs, tuple(graph.parts))
        training = Reader(self.source, values, self.faults, graph.notes).training(item.settings, network)
        if self.faults.noted == before and not self.blind:
            for fault in _lost(network, item.settings):
                self.faults.add(fault.at, fault.message)
        input_at = next((setting.at for setting in item.settings if setting.name == "input"), item.at)
        return Checked(network, training, tuple(values.space.values()), tuple(graph.notes), input_at)

    def _inputs(self, item: tree.Network, values: Values) -> Iterator[Input]:
        for setting in item.settings:
            if setting.name == "input":
                try:
                    yield from _named_shapes(setting, values)
                except Faulty as error:
                    self.faults.add(error.fault.at, error.fault.message)
                return
        if not self.blind:
            self.faults.add(item.at, f"network {item.name} has no input: say `input: (28, 28, 1)`")


def _lost(network: Network, settings: tuple[Setting, ...]) -> Iterator[Fault]:
    """Yield what would be given, computed, or trained, for nothing."""
    for lost in network.lost():
        if isinstance(lost, Input):
            told = f"input {lost.name} is taken by no layer; let a branch of its name begin at it, or leave it out"
            yield Fault(_place(lost.name, settings), told)
        else:
            part = network.parts[lost.part]
            told = f"layer {lost.part + 1}, {part.label}, leaves what nothing after it takes; join it, or leave it out"
            yield Fault(part.at, told)


def _place(name: str, settings: tuple[Setting, ...]) -> int:
    """Return where an input is said, by its name or among others."""
    (said,) = (setting for setting in settings if setting.name == "input")
    named = said.value.settings if isinstance(said.value, Group) else ()
    return next((each.at for each in named if each.name == name), said.at)


def _named_shapes(setting: Setting, values: Values) -> Iterator[Input]:
    value = setting.value
    if isinstance(value, Group):
        if not value.settings:
            raise Faulty(setting.at, "input names no shape; expected `input: (28, 28, 1)`")
        if len(value.settings) > _MOST_INPUTS:
            raise Faulty(setting.at, f"a network has at most {_MOST_INPUTS} inputs")
        names: set[str] = set()
        for each in value.settings:
            if each.name in names:
                raise Faulty(each.at, f"there is an input {each.name} already")
            names.add(each.name)
            if isinstance(each.value, Group):
                raise Faulty(each.at, f"expected `{each.name}: shape`, found a group")
            yield Input(each.name, _shape(each.value, values, each.at))
    elif isinstance(value, Choice):
        if not 0 < len(value.values) <= _MOST_INPUTS:
            raise Faulty(setting.at, f"a network has 1 to {_MOST_INPUTS} inputs, found {len(value.values)}")
        for number, shape in enumerate(value.values, 1):
            yield Input(f"input_{number}", _shape(shape, values, setting.at))
    else:
        yield Input("input", _shape(value, values, setting.at))


def _shape(value: Value, values: Values, at: int) -> Shape:
    if isinstance(value, Call) and value.name.lower() == "shape":
        if any(argument.name is not None for argument in value.arguments):
            raise Faulty(at, "shape(...) takes sizes without names, such as shape(28, 28, 1)")
        value = tuple(argument.value for argument in value.arguments)
    plain = values.plain(value, {}, "input", at)
    sizes = plain if isinstance(plain, tuple) else (plain,)
    if len(sizes) > 1 and sizes[0] is None:  # the batch, which shapes leave out
        sizes = sizes[1:]
    if not 0 < len(sizes) <= MOST_AXES:
        raise Faulty(at, f"an input has 1 to {MOST_AXES} axes, found {len(sizes)}")
    found: list[int | None] = []
    for size in sizes:
        if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 1):
            raise Faulty(at, f"input dimensions must be positive integers or None, found {size!r}")
        if size is not None and size > LARGEST:
            raise Faulty(at, f"input dimensions must be at most {LARGEST:,}, found {size:,}")
        found.append(size)
    return tuple(found)
