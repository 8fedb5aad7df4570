"""All flagged: an alarm in every window, which is what a detector has to beat."""

from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.simple import saved
from swapbench_models.can.windows.windows import Windows

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

_NAME = "flagged"


class Flagged:
    """Finds an attack in each window; nothing is trained."""

    threshold = 0.5
    attempts: "tuple[Attempt, ...]" = ()

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Learn nothing."""
        return self

    def scores(self, windows: Windows) -> Scores:
        return np.ones(len(windows))

    def save_fitted(self, path: Path) -> None:
        saved.write(path, _NAME, {})

    def load_fitted(self, path: Path) -> None:
        saved.load(path, _NAME, lambda values: None)

    def count_parameters(self) -> int:
        return 0
