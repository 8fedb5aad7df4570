"""The reader of training: from a network's settings to what they ask for, or what is wrong with them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from swapbench_models.neural.language.fault import Fault, Faults, Faulty, nearest
from swapbench_models.neural.language.parser import parse_value
from swapbench_models.neural.language.printer import show_value
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Argument, Call, Choice, Group, Name, Setting, Value
from swapbench_models.neural.meaning.converters import Converter, Unfit, above_zero, one_of, part, positive, text
from swapbench_models.neural.meaning.metrics import COMPUTED, METRICS
from swapbench_models.neural.meaning.signature import Signature
from swapbench_models.neural.meaning.training import (
    LOSS_SPELLED,
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    Named,
    Training,
)
from swapbench_models.neural.meaning.values import Plain, Values, is_open
from swapbench_models.neural.network.device import KNOWN, numbered
from swapbench_models.neural.network.network import Network


def _whole_or_none(value: Plain) -> int | None:
    return None if value is None or value is False else positive(value)


def _device(value: Plain) -> str:
    if text(value).lower() != "auto" and numbered(text(value)) is None:
        raise Unfit(f'is "{value}", and there are auto, {KNOWN}')
    return text(value)


_TRAIN: dict[str, tuple[str, Converter]] = {
    "epochs": ("epochs", positive),
    "batch_size": ("batch_size", positive),
    "validation_split": ("validation_split", part),
    "gradient_clip": ("gradient_clip", above_zero),
    "clipnorm": ("gradient_clip", above_zero),
    "early_stopping": ("early_stopping", _whole_or_none),
    "early_stopping_patience": ("early_stopping", _whole_or_none),
    "search_method": ("search_method", one_of("bayesian", "random", "grid", "optuna", "tpe")),
    "device": ("device", _device),
}
_EXECUTE: dict[str, tuple[str, Converter]] = {"device": ("device", _device)}
_GROUPS = {"train": _TRAIN, "execute": _EXECUTE, "execution": _EXECUTE}
_TOP = ("input", "layers", "loss", "optimizer", "metrics", "lr_schedule", *_GROUPS, *_TRAIN)


class Reader:
    """Reads a network's settings; what is wrong is added to `faults`, and what is worth a word to `notes`."""

    def __init__(self, source: Source, values: Values, faults: Faults, notes: list[Fault]) -> None:
        self._source, self._values, self._faults, self._notes = source, values, faults, notes
        self._found: dict[str, Any] = {}
        self._places: dict[str, int] = {}
        self._rate: float | None = None  # where the optimizer itself says it

    def training(self, settings: Iterable[Setting], network: Network) -> Training:
        """Return what the settings ask for, `input` apart, of a network that ends as this one does."""
        for setting in settings:
            if setting.name != "input":
                try:
                    self._setting(setting)
                except Faulty as error:
                    self._faults.add(error.fault.at, error.fault.message)
        training = Training(**self._found)
        self._held_once(training)
        if training.loss is not None and len(network.outputs) == 1:
            self._logits(training.loss, network.head())
        return training

    def _held_once(self, training: Training) -> None:
        """Refuse a limit of gradients that is said twice, and note a learning rate that is."""
        clip = None if training.optimizer is None else training.optimizer.arguments["clipnorm"]
        if clip is not None and training.gradient_clip is not None:
            self._faults.add(
                self._places["optimizer"],
                f"gradients are clipped at {training.gradient_clip:g} by gradient_clip, and at {clip:g} by the "
                "optimizer's clipnorm; keep one",
            )
        first = None if training.schedule is None else training.schedule.arguments.get("initial_learning_rate")
        if training.schedule is not None and self._rate not in {None, first}:
            self._note(
                "optimizer", f"{training.schedule.name} sets the learning rate, and {self._rate:g} holds at no step"
            )

    def _logits(self, loss: Named, head: str | None) -> None:
        """Refuse logits where a network leaves probabilities, and note that a loss takes for logits what it leaves."""
        from_logits = loss.arguments.get("from_logits")
        if from_logits and head is not None:
            self._faults.add(
                self._places["loss"],
                f"{loss.name} is said to have logits, and the network ends with {head}; leave out one of them: the "
                f"loss is computed of what enters the {head} in any case",
            )
        elif from_logits is False and head is None:
            self._note(
                "loss",
                f"the network ends with no softmax or sigmoid: {loss.name} takes what it leaves for logits, "
                "as from_logits=true has it",
            )

    def _note(self, setting: str, message: str) -> None:
        self._notes.append(Fault(self._places[setting], message))

    def _setting(self, setting: Setting) -> None:
        name, value = setting.name, setting.value
        self._places[name] = setting.at
        if name in _GROUPS:
            if not isinstance(value, Group):
                raise Faulty(setting.at, f"{name} is a group: {name} {{ ... }}")
            for each in value.settings:
                self._one(name, _GROUPS[name], each)
            return
        if isinstance(value, Group):
            raise Faulty(setting.at, f"{name} is no group{nearest(name, _GROUPS)}; expected `{name}: value`")
        if name in {"loss", "optimizer", "lr_schedule"}:
            self._named(name, value, setting.at)
        elif name == "metrics":
            self._metrics(value, setting.at)
        elif name in _TRAIN:
            self._one("the network", _TRAIN, setting)
        else:
            near = nearest(name, _TOP) or f"; known are {', '.join(_TOP)}"
            raise Faulty(setting.at, f"a network has no setting {name}{near}")

    def _one(self, group: str, known: Mapping[str, tuple[str, Converter]], setting: Setting) -> None:
        """Read one plain setting of a group."""
        if setting.name not in known:
            near = nearest(setting.name, known) or f"; known are {', '.join(known)}"
            self._faults.add(setting.at, f"{group} has no setting {setting.name}{near}")
            return
        name, convert = known[setting.name]
        if isinstance(setting.value, Group):
            self._faults.add(setting.at, f"{setting.name} is no group; expected `{setting.name}: value`")
            return
        value: Value = setting.value
        if isinstance(value, Choice):  # values in brackets are to be chosen from
            value = Call("HPO", _choice(value), at=value.at)
        if name in self._found:
            self._faults.add(setting.at, f"{setting.name} is said twice")
            return
        try:
            self._found[name] = convert(self._values.plain(value, {}, setting.name, setting.at))
        except Unfit as error:
            self._faults.add(setting.at, f"{setting.name} {error}{error.near}")
        except Faulty as error:
            self._faults.add(error.fault.at, error.fault.message)

    def _named(self, name: str, value: Value, at: int) -> None:
        """Read a loss, an optimizer or a schedule: a bare name, a string, a call, or a choice of them."""
        value = _unquoted(self._source, value, at)
        while is_open(value):
            value = self._values.choice(value, name)
        if isinstance(value, Name):
            value = Call(value.text, (), at=value.at)
        if not isinstance(value, Call):
            raise Faulty(at, f"expected the name of {_AN[name]}, found {show_value(value)}")
        signature = self._signature(name, value, at)
        given = signature.bind(value.arguments, at, self._values, {}, self._faults)
        if given is None:
            return
        if isinstance(given.get("learning_rate"), Call):
            self._named("lr_schedule", given["learning_rate"], at)
            given["learning_rate"] = signature.defaults["learning_rate"]  # which the schedule's takes the place of
        elif name == "optimizer" and _says_rate(value):
            self._rate = given["learning_rate"]
        found = "schedule" if name == "lr_schedule" else name
        if found in self._found:
            raise Faulty(
                at, f"the learning rate has two schedules, {self._found[found].name} and {signature.name}; keep one"
            )
        self._found[found] = Named(signature.name, given)

    def _signature(self, name: str, call: Call, at: int) -> Signature:
        known = {"loss": LOSSES, "optimizer": OPTIMIZERS, "lr_schedule": SCHEDULES}[name]
        spelled = call.name.lower()
        found = known.get(LOSS_SPELLED.get(spelled, spelled) if name == "loss" else spelled)
        if found is None:
            names = [signature.name for signature in known.values()]
            near = nearest(call.name, (*names, *(LOSS_SPELLED if name == "loss" else ())))
            raise Faulty(at, f"there is no {_KIND[name]} {call.name}{near or '; known are ' + ', '.join(names)}")
        return found

    def _metrics(self, value: Value, at: int) -> None:
        plain = self._values.plain(value, {}, "metrics", at)
        names = plain if isinstance(plain, list | tuple) else [plain]
        for name in names:
            if not isinstance(name, str) or name.lower() not in METRICS:
                near = nearest(name, METRICS) if isinstance(name, str) else ""
                self._faults.add(at, f"there is no metric {name!r}{near}")
            elif name.lower() not in COMPUTED:
                self._note("metrics", f"metric {name} is one that `run` does not compute")
        self._found["metrics"] = tuple(name.lower() for name in names if isinstance(name, str))


_KIND = {"loss": "loss", "optimizer": "optimizer", "lr_schedule": "learning-rate schedule"}
_AN = {"loss": "a loss", "optimizer": "an optimizer", "lr_schedule": "a learning-rate schedule"}


def _unquoted(source: Source, value: Value, at: int) -> Value:
    """Return a value with what stands in quotes read, among what is to be chosen from too."""
    match value:
        case str():
            return _unquoted(source, parse_value(source, value, at), at)
        case Choice(values):
            return replace(value, values=tuple(_unquoted(source, each, value.at) for each in values))
        case Call(name, arguments) if name.upper() in {"HPO", "CHOICE", "CATEGORICAL"}:
            return replace(
                value,
                arguments=tuple(replace(each, value=_unquoted(source, each.value, each.at)) for each in arguments),
            )
    return value


def _says_rate(optimizer: Call) -> bool:
    """Return whether an optimizer is given its learning rate, which is its first argument or goes by its name."""
    names = [argument.name for argument in optimizer.arguments]
    return names[:1] == [None] or not {"learning_rate", "lr"}.isdisjoint(names)


def _choice(value: Choice) -> tuple[Any, ...]:
    return (Argument(None, value, at=value.at),)
