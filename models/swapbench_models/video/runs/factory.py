"""A factory: what makes the classifiers that a run trains."""

from pathlib import Path
from typing import Any, Protocol

from swapbench_models.video.classifier.classifier import Learner


class Factory(Protocol):
    """Makes a classifier that has learnt nothing: the same one for the same name, profile, seed and training.

    `folder` is for what may be shared by all: frames and features by content.
    """

    def __call__(self, name: str, *, profile: str, seed: int, folder: Path, **training: Any) -> Learner: ...
