"""Typed: values of JSON as the fields of a dataclass, each of the kind that the field is declared to have."""

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Made = TypeVar("Made")

_LARGEST = 2**63  # whole numbers beyond it are none that anybody counts to


def made(kind: type[Made], values: Any) -> Made:
    """Return the dataclass of some values; raises ValueError, which names the field, for what is none of its own,
    lacking, or of another kind."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{kind.__name__} is {values!r:.40}")  # noqa: TRY004  # of values all is one kind of wrong
    own = {each.name: each for each in fields(kind) if each.init}  # type: ignore[arg-type]  # as every caller's is
    hints = get_type_hints(kind)
    for name, value in values.items():
        if name not in own:
            raise ValueError(f"{name!r:.40} is no field of {kind.__name__}")
        if not fits(value, hints[name]):
            raise ValueError(f"{name} is {value!r:.40}")
    for name, each in own.items():
        if name not in values and each.default is MISSING and each.default_factory is MISSING:
            raise ValueError(f"{name} is lacking")
    return kind(**values)


def fits(value: Any, hint: Any) -> bool:
    """Tell whether a value of JSON is of the kind that a hint for types names; a list stands for a tuple too."""
    origin, inner = get_origin(hint) or hint, get_args(hint)
    if origin is Any:
        return True
    if origin in (Union, types.UnionType):
        return any(fits(value, each) for each in inner)
    if origin is Literal:
        return value in inner
    if origin in (bool, str):
        return isinstance(value, origin)
    if origin in (None, types.NoneType):
        return value is None
    if origin in (int, float):
        whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST
        return whole or (origin is float and isinstance(value, float) and math.isfinite(value))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        kind = inner[1] if inner else Any
        return isinstance(value, Mapping) and all(isinstance(k, str) and fits(v, kind) for k, v in value.items())
    return isinstance(value, list | tuple) and all(fits(each, inner[0] if inner else Any) for each in value)
