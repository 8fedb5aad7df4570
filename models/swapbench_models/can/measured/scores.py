"""Scores of alarms, as a suite names them one by one; class 1 is a window with an attack in it."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics


def precision(truth: Any, labels: Any) -> float:
    """Return which share of the alarms was right; 0 where there was none."""
    return float(metrics.precision_score(truth, labels, zero_division=0.0))


def recall(truth: Any, labels: Any) -> float:
    """Return which share of attacked windows raised an alarm; 0 where there are none."""
    return float(metrics.recall_score(truth, labels, zero_division=0.0))


def f1(truth: Any, labels: Any) -> float:
    """Return the harmonic mean of precision and recall, or 0."""
    return float(metrics.f1_score(truth, labels, zero_division=0.0))


def false_positive_rate(truth: Any, labels: Any) -> float:
    """Return which share of the windows without an attack raised an alarm; not a number, with a warning, where there
    are none."""
    quiet = np.asarray(truth) == 0
    if not quiet.any():
        return _undefined("All windows of the fold are attacked.")
    return float(np.asarray(labels)[quiet].mean())


def roc_auc(truth: Any, probabilities: Any) -> float:
    """Return the area under the curve of true over false positives; not a number, with a warning, where all windows are
    of one class."""
    if len(np.unique(truth)) < 2:
        return _undefined("All windows of the fold are of one class.")
    return float(metrics.roc_auc_score(truth, np.asarray(probabilities)[:, 1]))


def matthews(truth: Any, labels: Any) -> float:
    """Return the correlation of alarms and attacks (Matthews, 1975); 0 where either is always the same."""
    return float(metrics.matthews_corrcoef(truth, labels))


def detection_latency(truth: Any, model: Any) -> float:
    """Return how many windows of an attack pass before the first alarm of an estimator, on average over attacks:
    windows in a row of one recording that are attacked are one, and one that is never told of counts all its windows.

    Not a number, with a warning, where there are none.
    """
    alarms = model.alarms_by_recording
    parts = np.split(np.asarray(truth) == 1, np.cumsum([len(each) for each in alarms])[:-1])
    found = [_latencies(attacked, said) for attacked, said in zip(parts, alarms, strict=True)]
    passed = np.concatenate([np.zeros(0), *found])
    return float(passed.mean()) if len(passed) else _undefined("No window of the fold is attacked.")


def _latencies(attacked: NDArray[np.bool_], alarms: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return how many windows of each attack of a recording pass before an alarm."""
    edges = np.diff(np.r_[False, attacked, False].astype(np.int8))
    starts, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    raised = np.r_[np.flatnonzero(alarms), len(attacked)]
    passed: NDArray[np.intp] = np.minimum(raised[np.searchsorted(raised, starts)], ends) - starts
    return passed


def _undefined(why: str) -> float:
    warnings.warn(why, stacklevel=3)
    return float("nan")
