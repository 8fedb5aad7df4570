"""A detector: what all models of this family are to whoever trains and scores them."""

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.windows.windows import Windows

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

Scores = NDArray[np.float64]


class Detector(Protocol):
    """Tells of windows whether an attack is in them.

    `threshold` is the score above which it raises an alarm, and is part of what it has learnt. `attempts` are what was
    tried before there was memory enough; none where nothing is trained by steps.
    """

    @property
    def threshold(self) -> float: ...

    @property
    def attempts(self) -> "tuple[Attempt, ...]": ...

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Learn from labelled windows, from the beginning or from where the training in a folder was interrupted.

        Raises DataError where there is nothing to learn from.
        """

    def scores(self, windows: Windows) -> Scores:
        """Return how sure it is that an attack is in each window (n,), from 0 to 1."""

    def save_fitted(self, path: Path) -> None:
        """Write what was learnt into a file."""

    def load_fitted(self, path: Path) -> None:
        """Take over what `save_fitted` wrote; raises FamilyError, which names it, for a file that is damaged, or is
        another model's."""

    def count_parameters(self) -> int:
        """Return the number of trained numbers."""


def alarms(detector: Detector, windows: Windows) -> NDArray[np.int64]:
    """Return 1 for each window (n,) in which a detector finds an attack, and 0 for the others."""
    return (detector.scores(windows) > detector.threshold).astype(np.int64)
