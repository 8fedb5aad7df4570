"""Models made by their names in the catalogue."""

import importlib
from typing import Any

from swapbench_models.video.catalogue import MODELS, PROFILES
from swapbench_models.video.error import VideoError


def create(name: str, *, num_classes: int = 1, profile: str = "quick", seed: int = 0) -> Any:
    """Return a model that has not been trained, for as many logits as there are classes, or one for a yes or no: a
    network of torch's, or for handcrafted features a pipeline of scikit-learn's, which counts the classes itself.

    The same seed gives the same weights. Raises VideoError for another name, profile, or less than one class.
    """
    check(name, profile)
    if num_classes < 1:
        raise VideoError(f"num_classes={num_classes} leaves nothing to tell apart; give 1 or more.")
    module, _, factory = MODELS[name].partition(":")
    return getattr(importlib.import_module(module), factory)(num_classes=num_classes, profile=profile, seed=seed)


def check(name: str, profile: str) -> None:
    """Raise VideoError for a name or a profile that the catalogue does not have."""
    if name not in MODELS:
        raise VideoError(f"There is no model {name!r}; known are {', '.join(MODELS)}.")
    if profile not in PROFILES:
        raise VideoError(f"There is no profile {profile!r}; known are {', '.join(PROFILES)}.")
