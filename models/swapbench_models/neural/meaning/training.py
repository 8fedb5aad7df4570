"""Training as a text may ask for it, and what it can name: losses, optimizers, schedules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from swapbench_models.neural.language.tree import Call
from swapbench_models.neural.meaning.converters import above_zero, flag, not_negative, one_of, part, positive, rate
from swapbench_models.neural.meaning.signature import Parameter, Signature
from swapbench_models.neural.meaning.values import Plain

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
LOSS_SPELLED = {
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
