"""Saved: what a simple detector has learnt, as JSON under a digest, with the name of the one whose it is."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models import sealed
from swapbench_models.can.error import CanError

_VERSION = 1


def write(path: Path, model: str, values: Mapping[str, Any]) -> None:
    """Write JSON's values, whole or not at all; raises FamilyError where they cannot be written."""
    sealed.write(Path(path), {"model": model, "version": _VERSION, "values": dict(values)})


def read(path: Path, model: str) -> dict[str, Any]:
    """Return what `write` wrote; raises FamilyError, which names the file, where there is none, or it is damaged, or
    another model's."""
    told = sealed.read(Path(path))
    if told is None:
        raise CanError(f"{path}: there is no such file; fit the model and save it.")
    found = (told.get("model"), told.get("version"))
    if found != (model, _VERSION):
        raise CanError(f"{path}: holds {found[0]}, version {found[1]}, and not {model}, version {_VERSION}.")
    values: dict[str, Any] = told["values"]
    return values


def numbers(values: Mapping[str, Any], name: str, shape: tuple[int, ...], kind: str = "f") -> NDArray[Any]:
    """Return an array of those values; raises ValueError where they are not of the shape, not finite, or no numbers:
    of `kind` "f" floats, and of "i" whole ones."""
    given = np.array(values[name])
    if given.shape != shape or given.dtype.kind not in ("if" if kind == "f" else "i") or not np.isfinite(given).all():
        raise ValueError(f"{name} is no array of shape {shape} of numbers")
    return given.astype(np.float64 if kind == "f" else np.int64)
