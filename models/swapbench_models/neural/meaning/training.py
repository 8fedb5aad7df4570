"""Training as a text asks for it: loss, optimizer, schedule, metrics, epochs, batches, device."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from swapbench_models.neural.language.fault import Faults, Faulty, nearest
from swapbench_models.neural.language.parser import parse_value
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.language.tree import Argument, Call, Choice, Group, Name, Setting, Value
from swapbench_models.neural.meaning.converters import (
    Converter,
    Unfit,
    above_zero,
    flag,
    not_negative,
    one_of,
    part,
    positive,
    rate,
    text,
)
from swapbench_models.neural.meaning.layout import DEVICES
from swapbench_models.neural.meaning.signature import Parameter, Signature
from swapbench_models.neural.meaning.values import Plain, Values

P = Parameter


@dataclass(frozen=True, slots=True)
class Named:
    """A name with its arguments, all of them known: an optimizer, a loss, a schedule."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Training:
    """How a network is trained; None is what the text leaves to who trains it."""

    loss: Named | None = None
    optimizer: Named | None = None
    schedule: Named | None = None
    metrics: tuple[str, ...] = ()
    epochs: int | None = None
    batch_size: int | None = None
    validation_split: float | None = None
    gradient_clip: float | None = None
    early_stopping: int | None = None
    search_method: str | None = None
    device: str | None = None


def _rate_or_schedule(value: Plain) -> Any:
    return value if isinstance(value, Call) else above_zero(value)


_DECAY = P("weight_decay", not_negative, 0.0)
_CLIP = P("clipnorm", above_zero, None)


def _optimizer(name: str, learning_rate: float, *more: Parameter, decay: float = 0.0) -> Signature:
    first = P("learning_rate", _rate_or_schedule, learning_rate, ("lr",))
    return Signature(name, (first, *more, P("weight_decay", not_negative, decay), _CLIP))


_EPSILON = P("epsilon", above_zero, 1e-7, ("eps",))
_BETAS = (P("beta_1", part, 0.9, ("beta1",)), P("beta_2", part, 0.999, ("beta2",)), _EPSILON)

# With the defaults of Keras.
OPTIMIZERS = {
    "sgd": _optimizer("sgd", 0.01, P("momentum", part, 0.0), P("nesterov", flag, False)),
    "adam": _optimizer("adam", 0.001, *_BETAS, P("amsgrad", flag, False)),
    "adamw": _optimizer("adamw", 0.001, *_BETAS, P("amsgrad", flag, False), decay=0.004),
    "adamax": _optimizer("adamax", 0.001, *_BETAS),
    "nadam": _optimizer("nadam", 0.001, *_BETAS),
    "rmsprop": _optimizer(
        "rmsprop", 0.001, P("rho", part, 0.9), P("momentum", part, 0.0), _EPSILON, P("centered", flag, False)
    ),
    "adagrad": _optimizer("adagrad", 0.001, P("initial_accumulator_value", not_negative, 0.1), _EPSILON),
    "adadelta": _optimizer("adadelta", 0.001, P("rho", part, 0.95), _EPSILON),
}

_LOSS = (P("reduction", one_of("mean", "sum"), "mean"),)
LOSSES = {
    name: Signature(name, (*_LOSS, *more))
    for name, more in {
        "mse": (),
        "mae": (),
        "huber": (P("delta", above_zero, 1.0),),
        "cross_entropy": (P("label_smoothing", part, 0.0),),
        "binary_cross_entropy": (P("label_smoothing", part, 0.0), P("from_logits", flag, False)),
        "categorical_cross_entropy": (P("label_smoothing", part, 0.0), P("from_logits", flag, False)),
        "sparse_categorical_cross_entropy": (P("from_logits", flag, False),),
    }.items()
}
_LOSS_SPELLED = {
    "mean_squared_error": "mse",
    "mean_absolute_error": "mae",
    "crossentropy": "cross_entropy",
    "binary_crossentropy": "binary_cross_entropy",
    "bce": "binary_cross_entropy",
    "categorical_crossentropy": "categorical_cross_entropy",
    "sparse_categorical_crossentropy": "sparse_categorical_cross_entropy",
}

_INITIAL = P("initial_learning_rate", above_zero, aliases=("initial_lr", "learning_rate", "lr"))
_STEPS = P("decay_steps", positive, aliases=("steps", "T_max"))
SCHEDULES = {
    "exponentialdecay": Signature(
        "ExponentialDecay",
        (_INITIAL, _STEPS, P("decay_rate", above_zero, aliases=("rate", "gamma")), P("staircase", flag, False)),
    ),
    "stepdecay": Signature(
        "StepDecay",
        (
            _INITIAL,
            P("drop_rate", above_zero, 0.5, ("drop", "drop_factor", "decay_rate", "factor", "gamma", "rate")),
            P("epochs_drop", positive, 10, ("step_size", "drop_every", "epochs", "decay_steps", "steps")),
        ),
    ),
    "cosinedecay": Signature(
        "CosineDecay", (_INITIAL, _STEPS, P("alpha", rate, 0.0), P("warmup_steps", positive, None))
    ),
    "polynomialdecay": Signature(
        "PolynomialDecay",
        (_INITIAL, _STEPS, P("end_learning_rate", not_negative, 1e-4), P("power", above_zero, 1.0)),
    ),
    "inversetimedecay": Signature(
        "InverseTimeDecay", (_INITIAL, _STEPS, P("decay_rate", above_zero), P("staircase", flag, False))
    ),
    "transformerschedule": Signature(
        "TransformerSchedule", (P("d_model", positive), P("warmup_steps", positive, 4000))
    ),
}

METRICS = (
    "accuracy", "precision", "recall", "auc", "f1", "f1_score", "macro_f1", "log_loss", "top_k_accuracy",
    "top_k_categorical_accuracy", "sparse_top_k_categorical_accuracy", "categorical_accuracy", "binary_accuracy",
    "sparse_categorical_accuracy", "perplexity", "mean_absolute_error", "mean_squared_error", "rmse", "r2",
    *LOSSES, *_LOSS_SPELLED,
)  # fmt: skip


def _whole_or_none(value: Plain) -> int | None:
    return None if value is None or value is False else positive(value)


def _device(value: Plain) -> str:
    if not text(value).lower().startswith(("auto", *DEVICES)):
        raise Unfit(f"must be auto or begin with {', '.join(DEVICES)}")
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
    """Reads a network's settings; what is wrong is added to `faults`."""

    def __init__(self, source: Source, values: Values, faults: Faults) -> None:
        self._source, self._values, self._faults = source, values, faults
        self._found: dict[str, Any] = {}

    def training(self, settings: Iterable[Setting]) -> Training:
        """Return what the settings ask for, `input` apart."""
        for setting in settings:
            if setting.name != "input":
                try:
                    self._setting(setting)
                except Faulty as error:
                    self._faults.add(error.fault.at, error.fault.message)
        return Training(**self._found)

    def _setting(self, setting: Setting) -> None:
        name, value = setting.name, setting.value
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
        """Read a loss, an optimizer or a schedule: a bare name, a string, or a call."""
        if isinstance(value, str):
            value = parse_value(self._source, value, at)
        if isinstance(value, Name):
            value = Call(value.text, (), at=value.at)
        if not isinstance(value, Call):
            raise Faulty(at, f"expected the name of {_AN[name]}, found {value!r}")
        signature = self._signature(name, value, at)
        given = signature.bind(value.arguments, at, self._values, {}, self._faults)
        if given is None:
            return
        if isinstance(given.get("learning_rate"), Call):
            self._named("lr_schedule", given["learning_rate"], at)
            given["learning_rate"] = (
                self._found["schedule"].arguments.get("initial_learning_rate", 0.001)
                if ("schedule" in self._found)
                else 0.001
            )
        self._found["schedule" if name == "lr_schedule" else name] = Named(signature.name, given)

    def _signature(self, name: str, call: Call, at: int) -> Signature:
        known = {"loss": LOSSES, "optimizer": OPTIMIZERS, "lr_schedule": SCHEDULES}[name]
        spelled = call.name.lower()
        found = known.get(_LOSS_SPELLED.get(spelled, spelled) if name == "loss" else spelled)
        if found is None:
            names = [signature.name for signature in known.values()]
            near = nearest(call.name, (*names, *(_LOSS_SPELLED if name == "loss" else ())))
            raise Faulty(at, f"there is no {_KIND[name]} {call.name}{near or '; known are ' + ', '.join(names)}")
        return found

    def _metrics(self, value: Value, at: int) -> None:
        plain = self._values.plain(value, {}, "metrics", at)
        names = plain if isinstance(plain, list | tuple) else [plain]
        for name in names:
            if not isinstance(name, str) or name.lower() not in METRICS:
                near = nearest(name, METRICS) if isinstance(name, str) else ""
                self._faults.add(at, f"there is no metric {name!r}{near}")
        self._found["metrics"] = tuple(name.lower() for name in names if isinstance(name, str))


_KIND = {"loss": "loss", "optimizer": "optimizer", "lr_schedule": "learning-rate schedule"}
_AN = {"loss": "a loss", "optimizer": "an optimizer", "lr_schedule": "a learning-rate schedule"}


def _choice(value: Choice) -> tuple[Any, ...]:
    return (Argument(None, value, at=value.at),)
