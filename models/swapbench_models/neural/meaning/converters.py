"""Converters: from a plain value to what a parameter wants, or a sentence on what it must be."""

from collections.abc import Callable
from typing import Any

from swapbench_models.neural.language.fault import nearest
from swapbench_models.neural.language.tree import Call
from swapbench_models.neural.meaning.values import Plain
from swapbench_models.neural.network.pointwise import ACTIVATIONS

Converter = Callable[[Plain], Any]

LARGEST = 1 << 24
MOST_AXES = 16
_GREATEST, _LEAST = 3.4028234e38, 1.1754944e-38  # of 32 bits, of which less is kept in full
SPELLED = {"silu": "swish", "leakyrelu": "leaky_relu", "hardsigmoid": "hard_sigmoid", "logsoftmax": "log_softmax"}


class Unfit(Exception):  # noqa: N818  # the end of a sentence on a value, which who asked begins
    """A value is not what it must be; the message is what it must be, `near` what may have been meant."""

    def __init__(self, message: str, near: str = "") -> None:
        super().__init__(message)
        self.near = near


def positive(value: Plain) -> int:
    """Return a whole number from 1 on."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise Unfit("must be a positive integer")
    if value > LARGEST:
        raise Unfit(f"must be at most {LARGEST:,}")
    return value


def natural(value: Plain) -> int:
    """Return a whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Unfit("must be a whole number from 0 on")
    return value


def integer(value: Plain) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit("must be a whole number")
    return value


def number(value: Plain) -> float:
    """Return a number that the 32 bits of a network's own numbers hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unfit("must be a number")
    if not abs(value) <= _GREATEST:
        raise Unfit(f"must be at most {_GREATEST:.3g}, the greatest number of 32 bits")
    return value


def above_zero(value: Plain) -> float:
    """Return a number above 0, and above what 32 bits take for 0."""
    if number(value) <= 0:
        raise Unfit("must be above 0")
    if number(value) < _LEAST:
        raise Unfit(f"must be at least {_LEAST:.3g}, the least number of 32 bits")
    return number(value)


def not_negative(value: Plain) -> float:
    """Return a number from 0 on."""
    if number(value) < 0:
        raise Unfit("must be 0 or more")
    return number(value)


def rate(value: Plain) -> float:
    """Return a share from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Unfit("must be between 0 and 1")
    return float(value)


def part(value: Plain) -> float:
    """Return a share from 0 to less than 1, of which something must be left."""
    if rate(value) == 1:
        raise Unfit("must be less than 1")
    return rate(value)


def flag(value: Plain) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Unfit("must be true or false")
    return value


def text(value: Plain) -> str:
    """Return a string."""
    if not isinstance(value, str):
        raise Unfit("must be a string")
    return value


def one_of(*names: str) -> Converter:
    """Return a converter to one of these names."""

    def convert(value: Plain) -> str:
        if not isinstance(value, str) or value.lower() not in names:
            near = nearest(value, names) if isinstance(value, str) else ""
            raise Unfit(f"must be {' or '.join(names)}", near)
        return value.lower()

    return convert


def activation(value: Plain) -> str | None:
    """Return the name of an activation; None for none and for linear."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unfit("must be the name of an activation")
    name = SPELLED.get(value.lower(), value.lower())
    if name not in ACTIVATIONS:
        raise Unfit(f"must be one of {', '.join(ACTIVATIONS)}", nearest(value, ACTIVATIONS))
    return None if name == "linear" else name


def sizes(rank: int) -> Converter:
    """Return a converter to `rank` positive integers; one number stands for all of them."""

    def convert(value: Plain) -> tuple[int, ...]:
        values = value if isinstance(value, tuple | list) else (value,) * rank
        if len(values) != rank:
            raise Unfit("must be a positive integer" + (f" or {rank} of them" if rank > 1 else ""))
        return tuple(map(positive, values))

    return convert


def shape(value: Plain) -> tuple[int, ...]:
    """Return a shape to reshape to, in which one size may be -1."""
    values = value if isinstance(value, tuple | list) else (value,)
    if not 0 < len(values) <= MOST_AXES:
        raise Unfit(f"must have 1 to {MOST_AXES} axes")
    found = tuple(-1 if size is None or size == -1 else positive(size) for size in values)
    if found.count(-1) > 1:
        raise Unfit("may leave one size open (-1), not more")
    return found


def axes(most: int) -> Converter:
    """Return a converter to axes: one whole number, or up to `most` of them."""

    def convert(value: Plain) -> tuple[int, ...]:
        values = value if isinstance(value, tuple | list) else (value,)
        if not 0 < len(values) <= most:
            raise Unfit(f"must be a whole number or up to {most} of them")
        return tuple(map(integer, values))

    return convert


def optional(converter: Converter) -> Converter:
    """Return a converter that lets None be."""
    return lambda value: None if value is None else converter(value)


def call(value: Plain) -> Call:
    """Return a layer that is an argument of another."""
    if not isinstance(value, Call):
        raise Unfit("must be a layer, such as LSTM(64)")
    return value
