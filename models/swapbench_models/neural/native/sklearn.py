"""The floors under the networks, from scikit-learn: a linear model, and one that never looks at the picture."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression

from swapbench_models.neural.arrays import load_arrays, save_arrays
from swapbench_models.neural.catalogue import parameters
from swapbench_models.neural.error import DataError
from swapbench_models.neural.images import CLASSES, Images, Labels, Probabilities


class FlatClassifier:
    """A scikit-learn classifier that is given each picture as one row of 784 values."""

    def __init__(self, model: str, estimator: Any) -> None:
        self.model, self.estimator = model, estimator

    def fit(self, X: Images, y: Labels) -> Self:
        """Fit to pictures (n, 28, 28, 1) in [0, 1] and their labels 0 to 9."""
        self.estimator.fit(_flat(X), y)
        return self

    def predict(self, X: Images) -> Labels:
        """Return the likeliest label of each picture."""
        labels: Labels = self.estimator.predict(_flat(X)).astype(np.int64)
        return labels

    def predict_one(self, X: Images) -> Labels:
        """Return the likeliest label of the first picture, as somebody who asks for one alone."""
        return self.predict(X[:1])

    def predict_proba(self, X: Images) -> Probabilities:
        """Return the probability of each label, (n, 10); 0 for a label that was not in the training part."""
        probabilities = np.zeros((len(X), CLASSES), np.float32)
        probabilities[:, self.estimator.classes_] = self.estimator.predict_proba(_flat(X))
        return probabilities

    def count_parameters(self) -> int:
        """Return the number of trained parameters: 0 for the majority class, whose shares are counts."""
        return parameters(self.model)["quick"]

    def save_fitted(self, path: Path) -> None:
        """Write everything that fitting found to a file of plain arrays."""
        options = self.estimator.get_params()
        fitted = {name: np.asarray(value) for name, value in vars(self.estimator).items() if name not in options}
        save_arrays(path, {"estimator": np.asarray(self._kind), **fitted})

    def load_fitted(self, path: Path) -> None:
        """Take over what `save_fitted` wrote; raises DataError for a damaged file, or another model's."""
        fitted = {name: value if value.ndim else value.item() for name, value in load_arrays(path).items()}
        found = fitted.pop("estimator", None)
        if not isinstance(found, str) or found != self._kind:
            told = f"expected a fitted {self._kind}, found {found!s:.60}"
            raise DataError(f"{path}: {told}; load it into its own model.")
        strange = [name for name in fitted if not (name.isidentifier() and name.endswith("_")) and name != "_strategy"]
        if strange:  # what scikit-learn has found out ends so; anything else would take the place of a method
            raise DataError(f"{path}: holds {strange[0]!r:.60}, which no fitting finds; fit the model again.")
        vars(self.estimator).update(fitted)

    @property
    def _kind(self) -> str:
        return type(self.estimator).__name__


def logistic_regression(max_iter: int = 1000) -> FlatClassifier:
    """Return multinomial logistic regression with scikit-learn's penalty, C = 1; deterministic, so without a seed."""
    return FlatClassifier("logistic_regression", LogisticRegression(max_iter=max_iter))


def majority_class() -> FlatClassifier:
    """Return the floor: the commonest label for every picture, with each label's share as its probability."""
    return FlatClassifier("majority_class", DummyClassifier(strategy="prior"))


def _flat(X: Images) -> Images:
    return np.asarray(X, np.float32).reshape(len(X), -1)
