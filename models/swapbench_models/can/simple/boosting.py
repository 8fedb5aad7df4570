"""Boosted trees on features of windows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.simple.features import Features, Kind
from swapbench_models.can.simple.openings import Floats
from swapbench_models.can.simple.tabular import Tabular, Threshold
from swapbench_models.can.simple.trees import Trees
from swapbench_models.can.windows.windows import OPENING_S


def boosting(
    features: Kind = "statistics", *, threshold: Threshold = 0.5, opening_s: float = OPENING_S, seed: int = 0
) -> Tabular:
    """Return histogram gradient boosting, scikit-learn's with its defaults, whose draws depend on the seed; raises
    CanError for an option that is not known."""
    return Tabular(Boosting(seed), Features(features, opening_s), threshold, seed)


class Boosting:
    """Trees whose leaves add up to the logit of class 1.

    Above 10,000 windows a tenth of them, drawn by the seed, say when there are trees enough.
    """

    name = "boosting"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed
        self._trees = Trees.none()

    def fit(self, table: Floats, labels: NDArray[np.int64]) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        model = HistGradientBoostingClassifier(random_state=self._seed).fit(table, labels)
        self._trees = Trees.of(model)

    def probability(self, table: Floats) -> Scores:
        probability: Scores = 1 / (1 + np.exp(-self._trees.sums(table).clip(-500, 500)))  # e to the 710th is no number
        return probability

    def count_parameters(self) -> int:
        return self._trees.count()

    def learned(self) -> dict[str, Any]:
        return self._trees.learned()

    def take(self, values: Mapping[str, Any], width: int) -> None:
        self._trees = Trees.taken(values, width)
