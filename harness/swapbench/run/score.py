"""Scores: what predictions are worth, computed in the child outside the clock."""

import math
from typing import Any

import numpy as np
from sklearn import metrics

from swapbench.base.error import SwapError
from swapbench.run.invalid import InvalidError

# How far from one the probabilities of an example may add up to, which may be numbers of 32 bits or have been.
_ROUNDING = 1e-3
_NAMED = 3


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
    return float(surprisal(truth, probabilities).mean())


def surprisal(truth: Any, probabilities: Any) -> Any:
    """Negative logarithm of the probability given to each true class, in nats, shape (n,).

    A probability is clipped to the smallest step of its kind of number. Raises InvalidError for what are no
    probabilities, and SwapError where the truth is not made of the classes 0 to n - 1.
    """
    given = np.asarray(probabilities)
    given = given if np.issubdtype(given.dtype, np.floating) else given.astype(float)
    if given.ndim != 2:
        raise InvalidError(f"its probabilities have shape {given.shape}, and log_loss takes (n, classes)")
    eps = float(np.finfo(given.dtype).eps)
    wide = given.astype(float)
    sums = wide.sum(axis=1)
    wrong = (wide < 0).any(axis=1) | (abs(sums - 1) > max(_ROUNDING, math.sqrt(eps)))
    if wrong.any():
        raise InvalidError(
            f"its probabilities of {int(wrong.sum())} of {len(given)} examples are negative or do not add up to 1"
        )
    places = _places(np.asarray(truth), given.shape[1])
    return -np.log(np.clip(wide[np.arange(len(wide)), places] / sums, eps, 1.0))


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


def _places(truth: Any, classes: int) -> Any:
    """Return the column of each true class; raises SwapError for a truth that is not made of the columns' numbers."""
    numbers = truth.ndim == 1 and truth.dtype.kind in "biuf"
    if not numbers or not np.isin(truth, np.arange(classes)).all():
        found = np.unique(truth).tolist() if truth.ndim == 1 else []
        holds = ", ".join(map(repr, found[:_NAMED])) + (", ..." if len(found) > _NAMED else "")
        raise SwapError(
            f"log_loss: the truth {f'holds {holds}' if found else f'has shape {truth.shape}'}, and its classes must be "
            f"the numbers of the columns of the probabilities, 0 to {classes - 1}; have the loader return those."
        )
    return truth.astype(int)
