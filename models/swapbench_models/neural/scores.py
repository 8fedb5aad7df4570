"""Scores: what a metric of the language is, computed of labels, predictions and probabilities."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import accuracy_score, f1_score, log_loss, precision_score, recall_score, roc_auc_score

Labels = NDArray[np.int64]
Probabilities = NDArray[np.float64]

_MOST_LIKELY = 5  # which the right class is to be among, as in Keras


def score(metric: str, truth: Labels, labels: Labels, probabilities: Probabilities) -> float:
    """Return a metric, one of those that `meaning.metrics` says are computed, of (n,) labels and (n, classes)
    probabilities: losses in nats, all others as shares."""
    return float(_METRICS[metric](truth, labels, probabilities))


def _of_classes(measure: Callable[..., float]) -> Callable[[Labels, Labels, Probabilities], float]:
    """Return a measure of one class: of the second of two, and of more the mean over all."""

    def measured(truth: Labels, labels: Labels, probabilities: Probabilities) -> float:
        average = "binary" if probabilities.shape[1] == 2 else "macro"
        return measure(truth, labels, average=average, zero_division=0.0)

    return measured


def _auc(truth: Labels, labels: Labels, probabilities: Probabilities) -> float:
    """Each class against the rest, and the mean of them; of two, the second against the first."""
    if probabilities.shape[1] == 2:
        return float(roc_auc_score(truth, probabilities[:, 1]))
    return float(roc_auc_score(truth, probabilities, multi_class="ovr"))


def _log_loss(truth: Labels, labels: Labels, probabilities: Probabilities) -> float:
    return float(log_loss(truth, probabilities, labels=np.arange(probabilities.shape[1])))


def _binary_cross_entropy(truth: Labels, labels: Labels, probabilities: Probabilities) -> float:
    """The mean over classes, each told from the rest by itself."""
    right = truth[:, None] == np.arange(probabilities.shape[1])
    return float(log_loss(right.ravel(), probabilities.ravel()))


def _top(truth: Labels, labels: Labels, probabilities: Probabilities) -> float:
    right = np.take_along_axis(probabilities, truth[:, None], axis=1)
    return float(((probabilities > right).sum(axis=1) < _MOST_LIKELY).mean())


_METRICS: dict[str, Callable[[Labels, Labels, Probabilities], float]] = {
    "accuracy": lambda truth, labels, _: accuracy_score(truth, labels),
    "precision": _of_classes(precision_score),
    "recall": _of_classes(recall_score),
    "f1": _of_classes(f1_score),
    "macro_f1": lambda truth, labels, _: f1_score(truth, labels, average="macro", zero_division=0.0),
    "auc": _auc,
    "log_loss": _log_loss,
    "binary_cross_entropy": _binary_cross_entropy,
    "top_5_accuracy": _top,
}
