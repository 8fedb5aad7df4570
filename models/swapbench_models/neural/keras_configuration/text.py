"""A model of Keras as text of the language, or everything in it that the language cannot say."""

import re
from typing import Any

from swapbench_models.neural.error import DataError
from swapbench_models.neural.keras_configuration.graph import Graph, graph
from swapbench_models.neural.keras_configuration.model import Entry, Model, Unreadable, model
from swapbench_models.neural.keras_configuration.nesting import Statements, Tangled, nested
from swapbench_models.neural.keras_configuration.options import refuse_unless_granted
from swapbench_models.neural.keras_configuration.refusals import Refusals, called, printable, short
from swapbench_models.neural.keras_configuration.training import settings
from swapbench_models.neural.language.fault import LanguageError
from swapbench_models.neural.language.parser import SECTIONS
from swapbench_models.neural.language.printer import show
from swapbench_models.neural.language.source import LARGEST, Source
from swapbench_models.neural.language.tree import Group, Network, Program, Setting
from swapbench_models.neural.meaning.check import check


def text(told: Any, file: str) -> str:
    """Return the text of the model that the JSON of a file describes.

    Raises DataError where it describes none, where the language cannot say all of it, and where what it would say is no
    network.
    """
    try:
        return _checked(_program(told, file), file)
    except Unreadable as error:
        raise DataError(f"{file}: is no configuration of a network: {printable(str(error))}.") from error
    except RecursionError as error:
        raise DataError(f"{file}: holds layers in layers deeper than any network has them.") from error


def _program(told: Any, file: str) -> Program:
    refusals = Refusals()
    found = model(told, refusals)
    for option, value in found.options.items():
        refuse_unless_granted(option, value, refusals.of(called(found.name, "the model")))
    names = _names(found)
    shapes = _inputs(found, names, refusals)
    statements = _statements(graph(found, refusals), found, names, refusals)
    trained = tuple(settings(found.compiled, refusals))
    if refusals:
        raise DataError(f"{file}: is not in the language, which cannot say all of it:\n{refusals}")
    return Program((Network(_identifier(found.name), statements, (shapes, *trained)),))


def _statements(found: Graph, model: Model, names: dict[str, str], refusals: Refusals) -> Statements:
    if any(each.shared for each in model.entries):  # of what follows its uses nothing else could be told
        return ()
    try:
        return nested(found, names)
    except Tangled as error:
        (label,) = (each.label for each in (*model.inputs, *model.entries) if each.name == error.name)
        refusals.of(label)(str(error))
        return ()


def _names(model: Model) -> dict[str, str]:
    """Return what the inputs are called in the text: their names, where the language has such names."""
    found: dict[str, str] = {}
    for each in model.inputs:
        name = _identifier(each.name)
        while name in SECTIONS or name in found.values():
            name += "_"
        found[each.name] = name
    return found


def _identifier(name: str) -> str:
    found = re.sub(r"[^A-Za-z0-9_]", "_", name)
    return f"_{found}" if found[0].isdigit() else found


def _inputs(model: Model, names: dict[str, str], refusals: Refusals) -> Setting:
    shapes = [_shape(each, refusals) for each in model.inputs]
    if len(shapes) == 1 and model.inputs[0].name.startswith("input"):  # which is what nobody has named
        return Setting("input", shapes[0])
    named = zip(names.values(), shapes, strict=True)
    return Setting("input", Group(tuple(Setting(name, shape) for name, shape in named)))


def _shape(each: Entry, refusals: Refusals) -> tuple[int | None, ...]:
    """Return the shape of an input as the language writes it, which takes a first None of several for the batch's."""
    match each.options.get("batch_shape"):
        case [None, *sizes] if sizes and all(size is None or type(size) is int for size in sizes):
            return (None, *sizes) if sizes[0] is None and len(sizes) > 1 else tuple(sizes)
        case other:
            refusals.of(each.label)(
                f"batch_shape is {short(other)}, and in the language batches have any size and examples an axis or more"
            )
    return ()


def _checked(program: Program, file: str) -> str:
    """Return the text of a program that the language takes, for it checks shapes as Keras does not write them."""
    written = show(program)
    if len(written) > LARGEST:
        raise DataError(f"{file}: would be a text of {len(written):,} bytes, and one has at most {LARGEST:,}.")
    try:
        check(Source(written, f"{file}, as text"))
    except LanguageError as error:
        raise DataError(f"{file}: is no network of the language:\n{error}") from error
    return written
