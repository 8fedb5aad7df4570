"""Logistic regression on features of windows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.simple.features import Features, Kind
from swapbench_models.can.simple.openings import Floats
from swapbench_models.can.simple.saved import numbers
from swapbench_models.can.simple.tabular import Tabular, Threshold
from swapbench_models.can.windows.windows import OPENING_S

_STEPS = 1000


def logistic(
    features: Kind = "statistics", *, threshold: Threshold = 0.5, opening_s: float = OPENING_S, seed: int = 0
) -> Tabular:
    """Return a logistic regression, as scikit-learn's with its defaults, on scaled features; raises CanError for an
    option that is not known."""
    return Tabular(Logistic(), Features(features, opening_s), threshold, seed)


class Logistic:
    """Weights (k,) of features that are scaled to mean 0 and variance 1, and a shift."""

    name = "logistic regression"

    def __init__(self) -> None:
        self._mean, self._scale, self._weights, self._shift = (np.zeros(0) for _ in range(4))

    def fit(self, table: Floats, labels: NDArray[np.int64]) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.preprocessing import StandardScaler

        scaler = StandardScaler().fit(table)
        model = LogisticRegression(max_iter=_STEPS).fit(scaler.transform(table), labels)
        self._mean, self._scale = scaler.mean_, scaler.scale_
        self._weights, self._shift = model.coef_[0], model.intercept_

    def probability(self, table: Floats) -> Scores:
        logits = (table - self._mean) / self._scale @ self._weights + self._shift
        probability: Scores = 1 / (1 + np.exp(-logits.clip(-500, 500)))  # e to the 710th is no number
        return probability

    def count_parameters(self) -> int:
        return len(self._weights) + 1

    def learned(self) -> dict[str, Any]:
        return {name.removeprefix("_"): each.tolist() for name, each in vars(self).items()}

    def take(self, values: Mapping[str, Any], width: int) -> None:
        mean, scale, weights = (numbers(values, name, (width,)) for name in ("mean", "scale", "weights"))
        if not (scale > 0).all():
            raise ValueError("a scale is not above 0")
        self._mean, self._scale, self._weights, self._shift = mean, scale, weights, numbers(values, "shift", (1,))
