"""Detectors made by their names in the catalogue."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from swapbench_models.can.catalogue import ARCHITECTURES, MODELS, PROFILES
from swapbench_models.can.detector.detector import Detector
from swapbench_models.can.error import CanError


def create(
    name: str,
    *,
    profile: str = "quick",
    seed: int = 0,
    architecture: str = ARCHITECTURES[0],
    on: Mapping[str, Path] = MappingProxyType({}),
) -> Detector:
    """Return a detector that has learnt nothing; `on` are the files of the trained ones that it stands on, by name.

    Raises CanError for another name, profile or architecture.
    """
    for what, given, known in (
        ("model", name, MODELS),
        ("profile", profile, PROFILES),
        ("architecture", architecture, ARCHITECTURES),
    ):
        if given not in known:
            raise CanError(f"There is no {what} {given!r}; known are {', '.join(known)}.")
    module, _, factory = MODELS[name].partition(":")
    made: Any = getattr(importlib.import_module(module), factory)
    detector: Detector = made(profile=profile, seed=seed, architecture=architecture, on=on)
    return detector
