"""Scores: what predictions are worth, computed in the child outside the clock."""

from typing import Any

import numpy as np
from sklearn import metrics

from swapbench.run.invalid import InvalidError


def accuracy(truth: Any, labels: Any) -> float:
    """Share of labels that equal the truth; of several for each example, of those examples that have all right."""
    return float(metrics.accuracy_score(*_alike(truth, labels)))


def correct(truth: Any, labels: Any) -> Any:
    """Whether each label equals the truth, shape (n,); of several for each example, whether all do."""
    known, predicted = _alike(truth, labels)
    equal = np.asarray(known == predicted)
    return equal.reshape(len(equal), -1).all(axis=1)


def macro_f1(truth: Any, labels: Any) -> float:
    """F1 of each class, averaged with equal weight; a class that is never predicted counts 0."""
    return float(metrics.f1_score(*_alike(truth, labels), average="macro", zero_division=0.0))


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
    return float(absolute_error(truth, values).mean())


def absolute_error(truth: Any, values: Any) -> Any:
    """Absolute difference of each value, shape (n,); of several for each example, their mean."""
    known, predicted = _alike(truth, values)
    # As floating-point numbers, for a difference of unsigned ones wraps around, and of booleans there is none.
    apart = np.abs(known.astype(float) - predicted.astype(float))
    return apart.reshape(len(apart), -1).mean(axis=1)


def r2(truth: Any, values: Any) -> float:
    """Coefficient of determination."""
    return float(metrics.r2_score(*_alike(truth, values)))


def _alike(truth: Any, predicted: Any) -> tuple[Any, Any]:
    """Return both as arrays; raises InvalidError for two shapes, whose every value would be held against every other's
    (n, n) where NumPy finds a way."""
    known, given = np.asarray(truth), np.asarray(predicted)
    if known.shape != given.shape:
        raise InvalidError(f"its predictions have shape {given.shape}, and the truth has {known.shape}")
    return known, given
