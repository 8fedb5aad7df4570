"""Scores: what predictions are worth, computed in the child outside the clock."""

from typing import Any

import numpy as np
from sklearn import metrics


def accuracy(truth: Any, labels: Any) -> float:
    """Share of labels that equal the truth."""
    return float(metrics.accuracy_score(truth, labels))


def correct(truth: Any, labels: Any) -> Any:
    """Whether each label equals the truth, shape (n,)."""
    return np.asarray(truth) == np.asarray(labels)


def macro_f1(truth: Any, labels: Any) -> float:
    """F1 of each class, averaged with equal weight; a class that is never predicted counts 0."""
    return float(metrics.f1_score(truth, labels, average="macro", zero_division=0.0))


def log_loss(truth: Any, probabilities: Any) -> float:
    """Mean negative logarithm of the probability given to the true class, in nats; classes are 0 to n - 1 in order."""
    return float(metrics.log_loss(truth, probabilities, labels=np.arange(np.shape(probabilities)[1])))


def surprisal(truth: Any, probabilities: Any) -> Any:
    """Negative logarithm of the probability given to each true class, in nats, shape (n,); clipped as log_loss does."""
    given = np.asarray(probabilities)
    share = given[np.arange(len(given)), np.asarray(truth)] / given.sum(axis=1)
    return -np.log(np.clip(share, np.finfo(given.dtype).eps, 1.0))


def mean_absolute_error(truth: Any, values: Any) -> float:
    """Mean absolute difference, in the unit of the target."""
    return float(metrics.mean_absolute_error(truth, values))


def absolute_error(truth: Any, values: Any) -> Any:
    """Absolute difference of each value, shape (n,)."""
    return np.abs(np.asarray(truth) - np.asarray(values))


def r2(truth: Any, values: Any) -> float:
    """Coefficient of determination."""
    return float(metrics.r2_score(truth, values))
