"""A model as its configuration has it: layers and operations, each with its options and what it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from swapbench_models.neural.keras_configuration.refusals import Refusals, called, short
from swapbench_models.neural.meaning.graph import MOST_STEPS

_T = TypeVar("_T")
_JSON: dict[type, str] = {dict: "an object", list: "a list", str: "a string"}
_ELSEWHERE = {"name", "layers", "input_layers", "output_layers", "build_input_shape"}
# The values that a call gives by name and not by place, in the order of their places.
_PLACES = ("inputs", "query", "value", "key")


class Unreadable(Exception):  # noqa: N818  # the end of a sentence on a file, which who reads it begins
    """JSON is no configuration of a model; the message says what was expected and what is there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One layer or operation: the class and module that it is of, and its options.

    `takes` has the entries whose values it is given, in order, `constants` what else, and `asked` what its call says by
    name; of one that is `shared` by several calls, all of them together. `shape` is that of the first of these values,
    the batch included, where the configuration has it.
    """

    name: str
    kind: str
    module: str
    options: Mapping[str, Any]
    shape: tuple[Any, ...] | None = None
    takes: tuple[str, ...] = ()
    constants: tuple[Any, ...] = ()
    asked: Mapping[str, Any] = field(default_factory=dict)
    shared: bool = False

    @property
    def of_keras(self) -> bool:
        """Whether it is Keras' own; what others add has a module or a package of theirs."""
        return self.module.partition(".")[0] == "keras"

    @property
    def operation(self) -> bool:
        """Whether it is what Keras makes of `x + y`, or of any function of `keras.ops`."""
        return self.of_keras and ".ops." in f"{self.module}."

    @property
    def label(self) -> str:
        return called(self.name, self.kind)


@dataclass(frozen=True, slots=True)
class Model:
    """A model: its inputs in order, its other entries in an order in which each finds its values made, its outputs.

    `options` are its own, `compiled` says how it is trained.
    """

    name: str
    inputs: tuple[Entry, ...]
    entries: tuple[Entry, ...]
    outputs: tuple[str, ...]
    options: Mapping[str, Any]
    compiled: Mapping[str, Any]


def model(told: Any, refusals: Refusals) -> Model:
    """Return the model that some JSON describes; raises Unreadable where it describes none.

    What it has and no network can have, such as a layer that is used twice, is added to `refusals`.
    """
    whole = entry(_of(told, dict, "the whole"), "the model")
    if whole.kind not in {"Sequential", "Functional"} or not whole.of_keras:
        raise Unreadable(f"expected a Sequential or Functional model as Keras 3 writes it, found {short(whole.kind)}")
    layers = _of(whole.options.get("layers"), list, "its layers")
    if len(layers) > MOST_STEPS:
        raise Unreadable(f"it has {len(layers):,} layers, and a network at most {MOST_STEPS:,}")
    read = _chained if whole.kind == "Sequential" else _connected
    inputs, entries, outputs = read(whole.options, layers, refusals)
    return Model(
        whole.name,
        inputs,
        tuple(_ordered(inputs, entries, outputs, refusals)),
        outputs,
        {option: value for option, value in whole.options.items() if option not in _ELSEWHERE},
        _of(told.get("compile_config") or {}, dict, "compile_config"),
    )


def entry(told: Any, what: str) -> Entry:
    """Return what some JSON says of one object of Keras, `what` being what it is to be."""
    described = _of(told, dict, what)
    options = _of(described.get("config"), dict, f"config of {what}")
    name = _of(options.get("name", described.get("name")), str, f"the name of {what}") or "unnamed"
    built = _of(described.get("build_config") or {}, dict, f"build_config of {name}")
    shapes = built.get("shapes_dict")
    shape = shapes.get("query_shape") if isinstance(shapes, dict) else built.get("input_shape")
    return Entry(
        name,
        _of(described.get("class_name"), str, f"class_name of {name}"),
        _of(described.get("module") or "", str, f"module of {name}"),
        options,
        tuple(shape) if isinstance(shape, list) else None,
    )


_Parts = tuple[tuple[Entry, ...], tuple[Entry, ...], tuple[str, ...]]


def _chained(options: Mapping[str, Any], layers: list[Any], refusals: Refusals) -> _Parts:
    """Return inputs, entries and outputs of a model whose layers follow one another."""
    entries = [entry(each, "a layer") for each in layers]
    if any(each.kind == "InputLayer" for each in entries[1:]):
        raise Unreadable("layers that follow one another have one input; expected an InputLayer before all others")
    if not entries or entries[0].kind != "InputLayer":
        shape = options.get("build_input_shape")
        if shape is None:
            raise Unreadable("expected a model that knows the shape of its input; begin it with keras.Input(...)")
        entries.insert(0, Entry("input", "InputLayer", "keras.layers", {"batch_shape": shape, "dtype": "float32"}))
    names = [each.name for each in entries]
    chained = tuple(replace(each, takes=(before,)) for each, before in zip(entries[1:], names, strict=False))
    return (entries[0],), chained, (names[-1],)


def _connected(options: Mapping[str, Any], layers: list[Any], refusals: Refusals) -> _Parts:
    """Return inputs, entries and outputs of a model whose layers say what they take."""
    inputs: dict[str, Entry] = {}
    entries: list[Entry] = []
    for each in layers:
        found = entry(each, "a layer")
        if found.kind == "InputLayer":
            inputs[found.name] = found
        else:
            entries.append(_called(found, _of(each.get("inbound_nodes"), list, f"calls of {found.name}"), refusals))
    order = _ends(options.get("input_layers"), "its inputs", refusals)
    if sorted(order) != sorted(inputs):
        raise Unreadable("its input_layers are not its layers of class InputLayer")
    ends = _ends(options.get("output_layers"), "its outputs", refusals)
    return tuple(inputs[name] for name in order), tuple(entries), ends


def _called(found: Entry, calls: list[Any], refusals: Refusals) -> Entry:
    """Return an entry with what its calls give it, of which there is one where the language can say it."""
    if not all(isinstance(each, dict) for each in calls):
        raise Unreadable("expected calls as Keras 3 writes them; load it there and write it anew")
    takes: list[str] = []
    constants: list[Any] = []
    asked: dict[str, Any] = {}
    shape = found.shape
    for each in calls:
        asked |= _of(each.get("kwargs") or {}, dict, f"what {short(found.name)} is called with")
        places = [asked.pop(name) for name in _PLACES if asked.get(name) is not None]
        for value in _flat([each.get("args"), places]):
            match value:
                case {"class_name": "__keras_tensor__", "config": {"keras_history": history, "shape": [*sizes]}}:
                    takes.append(_origin(history, refusals))
                    shape = tuple(sizes) if shape is None else shape
                case _:
                    constants.append(value)
    if not takes:
        raise Unreadable(f"{short(found.name)} takes no value of another layer")
    if len(calls) > 1:
        refusals.of(found.label)(
            f"is used {len(calls)} times, and the language has no layer that is shared: each has weights of its own"
        )
    shared = len(calls) > 1
    return replace(found, takes=tuple(takes), constants=tuple(constants), asked=asked, shape=shape, shared=shared)


def _flat(given: list[Any]) -> Iterator[Any]:
    for value in given:
        yield from _flat(value) if isinstance(value, list) else (value,)


def _origin(history: Any, refusals: Refusals) -> str:
    """Return the name of the entry that a value comes from."""
    match history:
        case [str(name), int(), int(number)]:  # of which use is told where there are several
            if number > 0:
                refusals.of(called(name, "layer"))("leaves several values, and one of the language leaves one")
            return name
    raise Unreadable(f"expected [layer, 0, 0] for a value, found {short(history)}")


def _ends(told: Any, what: str, refusals: Refusals) -> tuple[str, ...]:
    """Return where a model begins or ends; by keys it does so in no order, which the language has."""
    if isinstance(told, dict):
        raise Unreadable(f"{what} go by keys; expected a list, for the language has them in order")
    ends = _of(told, list, what)
    single = bool(ends) and isinstance(ends[0], str)
    return tuple(_origin(each, refusals) for each in ([ends] if single else ends))


def _ordered(
    inputs: tuple[Entry, ...], entries: tuple[Entry, ...], outputs: tuple[str, ...], refusals: Refusals
) -> Iterator[Entry]:
    """Yield the entries in an order in which each finds its values made."""
    named = {each.name: each for each in (*inputs, *entries)}
    if len(named) < len(inputs) + len(entries):
        raise Unreadable("two of its layers have the same name")
    taken = {name for each in entries for name in each.takes} | {*outputs}
    if taken - named.keys():
        raise Unreadable(f"there is no layer {short(min(taken - named.keys()))}, whose value is taken")
    if not outputs or not inputs:
        raise Unreadable("expected an input and an output")
    try:
        # A layer that is used again may well take what it has left: that it is shared has been told.
        order = [*TopologicalSorter({each.name: () if each.shared else each.takes for each in entries}).static_order()]
    except CycleError as error:
        raise Unreadable("its layers take what they leave themselves, round in a circle") from error
    needed: set[str] = set()
    waiting = [*outputs]
    while waiting:
        name = waiting.pop()
        waiting += named[name].takes if name not in needed else ()
        needed.add(name)
    for name in order:
        if name not in needed and name not in {each.name for each in inputs}:
            refusals.of(named[name].label)("leads to no output")
    yield from (named[name] for name in order if named[name].kind != "InputLayer")


def _of(value: Any, kind: type[_T], what: str) -> _T:
    if not isinstance(value, kind):
        raise Unreadable(f"expected {_JSON[kind]} for {what}, found {short(value)}")
    return value
