"""Declared values: each is checked as it is declared, so that nobody meets it again as something else.

Every function returns its value when it can be used, else raises a SwapError that names `owner` and what to write.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from swapbench.base.error import SwapError
from swapbench.plan.target import split


def one_of(owner: str, name: str, value: Any, known: Iterable[str]) -> str:
    """Accept one of some words."""
    words = tuple(known)
    if not isinstance(value, str) or value not in words:
        raise SwapError(f"{owner}: there is no {name} {value!r}; known are {', '.join(words)}.")
    return value


def whole(owner: str, name: str, value: Any, least: int) -> int:
    """Accept a whole number that is not too small."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise SwapError(f"{owner}: {name}={value!r}: write a whole number, at least {least}.")
    return value


def seconds(owner: str, name: str, value: Any) -> float:
    """Accept a positive, finite number of seconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise SwapError(f"{owner}: {name}={value!r}: write a positive number of seconds.")
    return float(value)


def flag(owner: str, name: str, value: Any) -> bool:
    """Accept True and False."""
    if not isinstance(value, bool):
        raise SwapError(f"{owner}: {name}={value!r}: write True or False.")
    return value


def text(owner: str, name: str, value: Any) -> str:
    """Accept a string."""
    if not isinstance(value, str):
        raise SwapError(f"{owner}: {name}={_short(value)}: write a string.")
    return value


def module(owner: str, name: str, value: Any) -> str:
    """Accept the dotted name of a module."""
    if not all(part.isidentifier() for part in text(owner, name, value).split(".")):
        raise SwapError(
            f"{owner}: {name}={_short(value)} is no module; write its dotted name, such as 'package.module'."
        )
    return str(value)


def variable(owner: str, name: str, value: Any) -> tuple[str, str]:
    """Accept the name of a variable of the environment with its value."""
    if not isinstance(value, tuple | list) or [type(part) for part in value] != [str, str]:
        raise SwapError(f"{owner}: {name}: {_short(value)} is no pair of a variable's name and its value.")
    if not value[0] or "=" in value[0] or "\0" in "".join(value):
        raise SwapError(
            f"{owner}: {name}: {_short(value)}: no variable can be called or be that; write ('OMP_DYNAMIC', 'FALSE')."
        )
    return value[0], value[1]


def table(owner: str, name: str, value: Any, example: str) -> Mapping[str, Any]:
    """Accept a dictionary whose keys are strings."""
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise SwapError(f"{owner}: {name}={_short(value)}: write a dictionary such as {example}.")
    return value


def listed(owner: str, name: str, value: Any, example: str) -> list[Any]:
    """Accept a list or tuple; a string is not one, though Python could go through its letters."""
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise SwapError(f"{owner}: {name}={_short(value)}: write a list such as {example}.")
    return list(value)


def target(owner: str, value: Any) -> str:
    """Accept 'package.module:name'; of a class or function itself, say where it is found."""
    if isinstance(value, str):
        split(value, owner)
        return value
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    where = f"{module}:{name}" if module and name else "package.module:name"
    raise SwapError(
        f"{owner}: {_short(value)} is no target; write where it is found, such as {where!r}, for it is imported in "
        "processes of its own."
    )


def plain(owner: str, name: str, value: Any) -> Any:
    """Accept what JSON carries to another process and back unchanged."""
    for place, part in _parts(name, value):
        if part is None or type(part) in (bool, int, str) or (type(part) is float and math.isfinite(part)):
            continue
        advice = _LIST if isinstance(part, tuple | set | frozenset) else _PLAIN
        raise SwapError(
            f"{owner}: {place}={_short(part)} is a {type(part).__name__}, which would not arrive as such in the "
            f"process that uses it; {advice}."
        )
    return value


_LIST = "write a list, from which a factory of your own can make what the model wants"
_PLAIN = "write None, a boolean, a finite number, a string, a list, or a dictionary with strings as keys"


def _parts(place: str, value: Any) -> Iterable[tuple[str, Any]]:
    """Yield the innermost values, and whatever is no plain container, with their places."""
    if type(value) is list:
        for index, part in enumerate(value):
            yield from _parts(f"{place}[{index}]", part)
    elif isinstance(value, Mapping) and all(type(key) is str for key in value):
        for key, part in value.items():
            yield from _parts(f"{place}[{key!r}]", part)
    else:
        yield place, value


def _short(value: Any) -> str:
    told = repr(value)
    return told if len(told) <= 60 else f"{told[:57]}..."
