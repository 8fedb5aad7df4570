"""What a run asks of a classifier of clips, and of what makes one."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from swapbench_models.training.memory import Attempt


class Classifier(Protocol):
    """Learns from files of clips, and tells for each how probable each class is."""

    @property
    def attempts(self) -> Sequence[Attempt]:
        """How many examples at a time it was trained with, and with how many that did not fit into memory."""

    def fit(
        self, paths: Any, y: Any, keeper_folder: Path | None = None, groups: NDArray[np.int64] | None = None
    ) -> Any:
        """Learn from clips (n,) of classes (n,); go on from what is kept in a folder, and keep what is learnt there."""

    def predict_proba(self, paths: Any) -> NDArray[np.float64]:
        """Return the probability of each class (n, classes)."""

    def save_fitted(self, path: Path) -> None:
        """Write what was learnt into a file."""

    def load_fitted(self, path: Path) -> None:
        """Take over what such a file holds."""

    def count_parameters(self) -> int:
        """Return how many numbers are trained."""


class Factory(Protocol):
    """Makes a classifier that has learnt nothing: the same one for the same name, profile, seed and training.

    `folder` is for what may be shared by all: frames and features by content.
    """

    def __call__(self, name: str, *, profile: str, seed: int, folder: Path, **training: Any) -> Classifier: ...
