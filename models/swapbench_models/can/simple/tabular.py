"""A tabular detector: a model of tables, on the features of windows."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.error import CanError
from swapbench_models.can.simple import saved
from swapbench_models.can.simple.features import Features
from swapbench_models.can.simple.openings import Floats
from swapbench_models.can.simple.threshold import best, both_classes
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Windows

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

Threshold = float | Literal["validated"]


class Model(Protocol):
    """Tells of rows of a table (n, k) how likely they are of class 1."""

    name: str

    def fit(self, table: Floats, labels: NDArray[np.int64]) -> None:
        """Learn from labelled rows of both classes."""

    def probability(self, table: Floats) -> Scores:
        """Return the probability of class 1 (n,), once something was learnt."""

    def count_parameters(self) -> int:
        """Return the number of trained numbers."""

    def learned(self) -> dict[str, Any]:
        """Return what was learnt, as JSON's values."""

    def take(self, values: Mapping[str, Any], width: int) -> None:
        """Take over what `learned` returned, of a table so wide; raises KeyError, TypeError or ValueError for anything
        else."""


class Tabular:
    """Learns of all windows and raises its alarms above a fixed `threshold`, or, where it is "validated", learns of
    those that `held_out` leaves and takes the threshold with the best F1 on the others.

    The seed draws these. Raises CanError for a threshold that is not from 0 to 1.
    """

    attempts: "tuple[Attempt, ...]" = ()

    def __init__(self, model: Model, features: Features, threshold: Threshold = 0.5, seed: int = 0) -> None:
        if threshold != "validated" and not (isinstance(threshold, int | float) and 0 <= threshold <= 1):
            raise CanError(f"threshold {threshold!r}: give a number from 0 to 1, or 'validated'.")
        self._model, self._features, self._seed = model, features, seed
        self._validated = threshold == "validated"
        self.threshold = 0.5 if threshold == "validated" else float(threshold)
        self._fitted = False

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Fit at once: there is nothing to keep of what was interrupted. Raises DataError where windows are all of one
        class, or not labelled."""
        labels = both_classes(windows.labels)
        learns, judges = np.arange(len(labels)), np.arange(0)
        if self._validated:
            learns, judges = held_out(windows, labels, seed=self._seed)
        self._features.learn(windows, learns)
        table = self._features.table(windows)
        self._model.fit(table[learns], labels[learns])
        if self._validated:
            self.threshold = best(labels[judges], self._model.probability(table[judges]))
        self._fitted = True
        return self

    def scores(self, windows: Windows) -> Scores:
        self._require_fitted()
        return self._model.probability(self._features.table(windows))

    def save_fitted(self, path: Path) -> None:
        self._require_fitted()
        learned = {"features": self._features.learned(), "model": self._model.learned(), "threshold": self.threshold}
        saved.write(path, self._name, learned)

    def load_fitted(self, path: Path) -> None:
        saved.load(path, self._name, self._take)
        self._fitted = True

    def count_parameters(self) -> int:
        self._require_fitted()
        return self._model.count_parameters() + self._validated

    def _take(self, values: Mapping[str, Any]) -> None:
        self._fitted = False
        self._features.take(values["features"])
        self._model.take(values["model"], self._features.width)
        self.threshold = saved.number(values, "threshold", -1, 1)

    @property
    def _name(self) -> str:
        return f"{self._model.name} of {self._features.kind}"

    def _require_fitted(self) -> None:
        if not self._fitted:
            raise CanError(f"This {self._name} has learnt nothing yet; fit it, or load what was fitted.")
