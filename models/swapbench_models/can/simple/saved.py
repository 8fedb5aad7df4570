"""Saved: what a simple detector has learnt, as JSON under a digest, with the name of the one whose it is."""

from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models import sealed
from swapbench_models.can.error import CanError
from swapbench_models.error import told

_VERSION = 1


def write(path: Path, model: str, values: Mapping[str, Any]) -> None:
    """Write JSON's values, whole or not at all; raises FamilyError where they cannot be written."""
    sealed.write(Path(path), {"model": model, "version": _VERSION, "values": dict(values)})


def load(path: Path, model: str, take: Callable[[dict[str, Any]], None]) -> None:
    """Have a detector take over what `write` wrote.

    Raises FamilyError, which names the file, where there is none, or it is damaged or another model's, or `take`
    raises what reading values raises.
    """
    values = _values(path, model)
    try:
        take(values)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise CanError(f"{path}: holds no {model} that was fitted ({told(error)}); fit it again.") from error


def number(values: Mapping[str, Any], name: str, least: float, most: float) -> float:
    """Return a number; raises ValueError where it is none, or not finite and from `least` to `most`."""
    value = values[name]
    if not (isinstance(value, int | float) and isfinite(value) and least <= value <= most):
        raise ValueError(f"{name} is {value!r}")
    return float(value)


def numbers(values: Mapping[str, Any], name: str, shape: tuple[int, ...], kinds: str = "if") -> NDArray[Any]:
    """Return an array; raises ValueError where it is not of the shape, of one of the kinds that numpy has a letter for,
    and finite."""
    given = np.array(values[name])
    if given.shape != shape or given.dtype.kind not in kinds or not np.isfinite(given).all():
        raise ValueError(f"{name} is no array of shape {shape} of numbers")
    return given.astype(np.int64 if kinds == "i" else np.float64)


def _values(path: Path, model: str) -> dict[str, Any]:
    content = sealed.read(Path(path))
    if content is None:
        raise CanError(f"{path}: there is no such file; fit the model and save it.")
    found = (content.get("model"), content.get("version"))
    if found != (model, _VERSION):
        raise CanError(f"{path}: holds {found[0]}, version {found[1]}, and not {model}, version {_VERSION}.")
    values = content.get("values")
    if not isinstance(values, dict):
        raise CanError(f"{path}: says nothing of what {model} has learnt; fit it again.")
    return values
