"""Options of Keras as arguments of the language, and what it takes for granted, which needs none."""

from collections.abc import Mapping
from typing import Any

from swapbench_models.neural.keras_configuration.refusals import Refuse, said, short
from swapbench_models.neural.language.tree import Argument
from swapbench_models.neural.meaning.converters import Unfit
from swapbench_models.neural.meaning.signature import REQUIRED, Signature

_GLOROT, _ZEROS, _ONES = ("GlorotUniform()",), ("Zeros()",), ("Ones()",)
_FLOAT = ('DTypePolicy(name="float32")', '"float32"')
_OFF = ("false",)
# What the language takes for granted, as `said` has it: an option with one of these values needs no word.
_GRANTED: dict[str, tuple[str, ...]] = {
    "trainable": ("true",),
    "dtype": _FLOAT,
    "data_format": ('"channels_last"',),
    **dict.fromkeys(("kernel_initializer", "depthwise_initializer", "pointwise_initializer"), _GLOROT),
    **dict.fromkeys(("bias_initializer", "beta_initializer", "moving_mean_initializer"), _ZEROS),
    **dict.fromkeys(("gamma_initializer", "moving_variance_initializer"), _ONES),
    "recurrent_initializer": ("Orthogonal(gain=1)",),
    "embeddings_initializer": ("RandomUniform(minval=-0.05, maxval=0.05)",),
    "recurrent_activation": ('"sigmoid"',),
    **dict.fromkeys(("unit_forget_bias", "reset_after"), ("true",)),
    "dilation_rate": ("[1]", "[1, 1]", "[1, 1, 1]"),
    **dict.fromkeys(("return_state", "stateful", "unroll", "zero_output_for_mask"), _OFF),
    **dict.fromkeys(("sparse", "ragged", "optional"), _OFF),
    **dict.fromkeys(("use_gate", "rms_scaling", "synchronized", "renorm"), _OFF),
    "renorm_momentum": ("0.99",),
    # Of optimizers, losses, schedules and metrics.
    **dict.fromkeys(("use_ema", "cycle"), _OFF),
    "ema_momentum": ("0.99",),
    "axis": ("-1",),
    "k": ("5",),
}
# What has as many places as there are axes is not written as one number where there is one.
_SHAPES = {"target_shape", "dims"}


def arguments(signature: Signature, options: Mapping[str, Any], refuse: Refuse) -> tuple[Argument, ...]:
    """Return options as arguments for a signature of the language; what it has no word for is refused.

    What is the language's own default is left out. A layer among the options is a Call already.
    """
    parameters = {parameter.name: parameter for parameter in signature.parameters}
    order = [*parameters]
    found = []
    for option, value in options.items():
        parameter = parameters.pop(option, None)
        if parameter is None or _is_object(value):
            refuse_unless_granted(option, value, refuse)
            continue
        try:
            converted = parameter.convert(_plain(option, value))
        except Unfit as error:
            refuse(f"{option} {error}, found {short(value)}{error.near}")
            continue
        if converted != parameter.default:
            found.append(Argument(option, _plain(option, value)))
    for missing in (name for name, parameter in parameters.items() if parameter.default is REQUIRED):
        refuse(f"has no {missing}")
    return tuple(sorted(found, key=lambda argument: order.index(argument.name or "")))


def refuse_unless_granted(option: str, value: Any, refuse: Refuse) -> None:
    """Refuse an option unless it is left open, or says what the language takes for granted."""
    if value is not None and option != "name" and said(value) not in _GRANTED.get(option, ()):
        refuse(f"{option} is {short(value)}, which the language cannot say")


def _plain(option: str, value: Any) -> Any:
    """Return a value as the language has it: several in a row as a tuple."""
    if not isinstance(value, list):
        return value
    values = tuple(_plain(option, each) for each in value)
    return values[0] if len(values) == 1 and option not in _SHAPES else values


def _is_object(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_is_object, value)))
