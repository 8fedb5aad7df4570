"""How a model was compiled, as settings of the language: its loss, its optimizer with its schedule, its metrics."""

import struct
from collections.abc import Iterator, Mapping
from typing import Any

from swapbench_models.neural.generate.names import snake
from swapbench_models.neural.keras_configuration.model import entry
from swapbench_models.neural.keras_configuration.options import arguments, refuse_unless_granted
from swapbench_models.neural.keras_configuration.refusals import Refusals, Refuse, given, short
from swapbench_models.neural.language.tree import Call, Choice, Setting, Value
from swapbench_models.neural.meaning.metrics import METRICS
from swapbench_models.neural.meaning.training import LOSSES, OPTIMIZERS, SCHEDULES

# What is only computed otherwise by them.
_EXECUTION = {"run_eagerly", "jit_compile", "steps_per_execution", "auto_scale_loss"}
_CLASSES = {"sgd": "SGD", "adamw": "AdamW", "rmsprop": "RMSprop"}
_SPELLED = {
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "bce": "binary_cross_entropy",
}


def settings(compiled: Mapping[str, Any], refusals: Refusals) -> Iterator[Setting]:
    """Yield what a model was compiled with; what the language cannot say is added to `refusals`."""
    read = {"loss": _loss, "optimizer": _optimizer, "metrics": _metrics}
    said = given(compiled)
    for name in (name for name in read if name in said):
        found = read[name](said[name], refusals.of(f"compile(), {name}"))
        if found is not None:
            yield Setting(name, found)
    for name, value in said.items():
        if name not in {*read, *_EXECUTION} and value != []:
            refusals.of(f"compile(), {name}")(f"is {short(value)}, which the language cannot say")


def _loss(told: Any, refuse: Refuse) -> Value:
    named = _named(told, refuse)
    if named is None:
        return None
    name, options = named
    reduction = options.pop("reduction", None)
    if reduction == "sum":
        options["reduction"] = reduction
    elif reduction not in (None, "sum_over_batch_size"):
        refuse(f"reduction is {short(reduction)}, and the language has the mean and the sum")
    signature = LOSSES.get(_SPELLED.get(name, name.replace("crossentropy", "cross_entropy")))
    if signature is None:
        refuse(f"is {short(name)}, and the language has {', '.join(LOSSES)}")
        return None
    found = arguments(signature, options, refuse)
    return Call(name, found) if found else name


def _optimizer(told: Any, refuse: Refuse) -> Value:
    named = _named(told, refuse)
    if named is None:
        return None
    name, options = named
    if name not in OPTIMIZERS:
        refuse(f"is {short(name)}, and the language has {', '.join(OPTIMIZERS)}")
        return None
    if "clipnorm" in options:
        refuse("clipnorm clips each weight by itself, and the language all of them together (global_clipnorm)")
    if "global_clipnorm" in options:
        options["clipnorm"] = options.pop("global_clipnorm")
    rate = options.get("learning_rate")
    if rate is not None:
        options["learning_rate"] = _schedule(rate, refuse) if isinstance(rate, dict) else _shortest(rate)
    return Call(_CLASSES.get(name, name.capitalize()), arguments(OPTIMIZERS[name], given(options), refuse))


def _schedule(told: Any, refuse: Refuse) -> Call | None:
    found = entry(told, "the schedule")
    options = given(found.options)
    if "initial_learning_rate" in options:
        options["initial_learning_rate"] = _shortest(options["initial_learning_rate"])
    if options.pop("warmup_steps", 0) != 0:
        refuse("warmup_steps warm up from the first rate, and in the language to it")
    if found.kind.lower() not in SCHEDULES:
        refuse(f"its schedule is {short(found.kind)}, and the language has none of this name")
        return None
    return Call(found.kind, arguments(SCHEDULES[found.kind.lower()], options, refuse))


def _metrics(told: Any, refuse: Refuse) -> Value:
    names = []
    for each in told if isinstance(told, list) else [told]:
        named = _named(each, refuse)
        if named is None:
            continue
        name, options = named
        if name not in METRICS:
            refuse(f"is {short(each)}, which the language does not know")
        for option, value in options.items():
            refuse_unless_granted(option, value, refuse)
        names.append(name)
    return Choice(tuple(names))


def _named(told: Any, refuse: Refuse) -> tuple[str, dict[str, Any]] | None:
    """Return the name in small letters of what is told by it alone or as an object, and the options that are given."""
    match told:
        case str():
            return told.lower(), {}
        case {"class_name": str()}:
            found = entry(told, "what it was compiled with")
            optimizer = found.kind.lower() in OPTIMIZERS
            return found.kind.lower() if optimizer else snake(found.kind), given(found.options)
    refuse(f"is {short(told)}; expected one for all outputs")
    return None


def _shortest(rate: Any) -> Any:
    """Return the shortest number that is the same in single precision, in which Keras holds it."""
    if not isinstance(rate, float):
        return rate
    try:
        single = struct.pack("f", rate)
    except OverflowError:
        return rate
    return next(found for digits in range(1, 18) if struct.pack("f", found := float(f"{rate:.{digits}g}")) == single)
