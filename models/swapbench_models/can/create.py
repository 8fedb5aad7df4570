"""Detectors made by their names in the catalogue."""

import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from swapbench_models.can.catalogue import ARCHITECTURES, MODELS, OPENING_S, PROFILES, STANDS_ON
from swapbench_models.can.error import CanError

if TYPE_CHECKING:
    from swapbench_models.can.detector.detector import Detector

Files = Mapping[str, Path]
_NONE: Files = MappingProxyType({})


def create(
    name: str, *, profile: str = "quick", seed: int = 0, architecture: str = ARCHITECTURES[0], on: Files = _NONE
) -> "Detector":
    """Return a detector that has learnt nothing; `on` are the files of the trained ones that it stands on, by name.

    Raises CanError for another name, profile or architecture, and FamilyError for a file that holds no such model.
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
    detector: Detector = made(name, profile=profile, seed=seed, architecture=architecture, on=on)
    return detector


def simple(name: str, *, profile: str, seed: int, architecture: str, on: Files) -> "Detector":
    """Return what stands beside the networks; the features of what learns of tables end its name."""
    from swapbench_models.can.simple.between import Between
    from swapbench_models.can.simple.boosting import boosting
    from swapbench_models.can.simple.flagged import Flagged
    from swapbench_models.can.simple.linear import logistic
    from swapbench_models.can.simple.rule import Rule

    if name == "all_flagged":
        return Flagged()
    opening_s = OPENING_S[profile]
    plain: dict[str, Callable[[float], Detector]] = {"rule": Rule, "between": Between}
    if name in plain:
        return plain[name](opening_s)
    for called, learns in (("logistic_regression", logistic), ("boosting", boosting)):
        if name.startswith(called):
            features: Any = name.removeprefix(called).removeprefix("_") or "statistics"
            return learns(features, opening_s=opening_s, seed=seed)
    raise CanError(f"There is no simple detector {name!r}.")


def graph(name: str, *, profile: str, seed: int, architecture: str, on: Files) -> "Detector":
    """Return a teacher or a student over graphs."""
    from swapbench_models.can.detector.create import detector

    return detector(name, profile=profile, seed=seed, architecture=architecture, teacher=on.get("teacher"))


def fused(name: str, *, profile: str, seed: int, architecture: str, on: Files) -> "Detector":
    """Return a fusion of a teacher and a student, which are loaded from their files."""
    from swapbench_models.can.detector.fusion import fusion
    from swapbench_models.can.detector.source import Whole, loaded

    def source(name: str) -> Whole:
        needed = {need: on[need] for need in STANDS_ON.get(name, ())}
        return loaded(name, graph(name, profile=profile, seed=seed, architecture=architecture, on=needed), on[name])

    first, second = map(source, STANDS_ON[name])
    kind: Any = name.removeprefix("fusion_")
    return fusion(kind, first=first, second=second, profile=profile, seed=seed)


def timing(name: str, *, profile: str, seed: int, architecture: str, on: Files) -> "Detector":
    """Return the network that knows time and no identifiers."""
    from swapbench_models.can.detector.timing import Timing

    return Timing(profile=profile, seed=seed, opening_s=OPENING_S[profile])
