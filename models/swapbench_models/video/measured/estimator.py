"""The estimator: a classifier of clips by their names in `datasets`, for whoever compares models."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from swapbench_models.video.classifier.classifier import Classifier, Labels, Probabilities
from swapbench_models.video.classifier.handcrafted import Handcrafted
from swapbench_models.video.measured.datasets import groups_of, path


class Estimator:
    """A classifier that is given what `datasets.clips` returns, and validates on groups that it does not train on."""

    def __init__(self, classifier: Classifier) -> None:
        self._classifier = classifier

    @property
    def batch_size(self) -> int | None:
        return self._classifier.batch_size

    @property
    def epochs(self) -> int | None:
        return self._classifier.epochs

    def extract(self, names: Sequence[str]) -> None:
        """Have ready what clips are to the model; features are made anew each time, which is what is measured."""
        groups_of(names)  # read now, for it is no part of fitting
        if isinstance(self._classifier, Handcrafted):
            for each in _paths(names):
                self._classifier.cache.anew(each)
        else:
            self._classifier.extract(_paths(names))

    def fit(self, names: Sequence[str], y: Any) -> Self:
        self._classifier.fit(_paths(names), y, groups=groups_of(names))
        return self

    def predict(self, names: Sequence[str]) -> Labels:
        return self._classifier.predict(_paths(names))

    def predict_proba(self, names: Sequence[str]) -> Probabilities:
        return self._classifier.predict_proba(_paths(names))

    def save_fitted(self, file: Path) -> None:
        self._classifier.save_fitted(file)

    def load_fitted(self, file: Path) -> None:
        self._classifier.load_fitted(file)

    def count_parameters(self) -> int:
        return self._classifier.count_parameters()


def _paths(names: Sequence[str]) -> list[str]:
    return [str(path(name)) for name in names]
