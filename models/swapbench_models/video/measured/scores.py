"""Scores of two classes, of which class 1 is to be found: those of runs, as a suite names them one by one."""

import warnings
from typing import Any

import numpy as np

from swapbench_models.video.runs.scores import Scores, scores

_CLASSES = 2


def precision(truth: Any, labels: Any) -> float:
    """Return which share of what was taken for class 1 is of it; 0 where nothing was."""
    return _of(truth, labels).precision


def recall(truth: Any, labels: Any) -> float:
    """Return which share of class 1 was found; 0 where there is none."""
    return _of(truth, labels).recall


def f1(truth: Any, labels: Any) -> float:
    """Return the harmonic mean of precision and recall, or 0."""
    return _of(truth, labels).f1


def roc_auc(truth: Any, probabilities: Any) -> float:
    """Return the area under the curve of true over false positives; not a number, with a warning that says why, where
    all clips are of one class."""
    area = scores(np.asarray(truth), np.asarray(probabilities)).roc_auc
    if area is None:
        warnings.warn("All clips of the fold are of one class.", stacklevel=2)
        return float("nan")
    return area


def specificity(truth: Any, labels: Any) -> float:
    """Return which share of class 0 was left alone; 0 where there is none. It and recall are the two rows of the table
    of confusion, as shares."""
    return _of(1 - np.asarray(truth), 1 - np.asarray(labels)).recall


def _of(truth: Any, labels: Any) -> Scores:
    """Return the scores of labels, each as a probability of one."""
    return scores(np.asarray(truth), np.eye(_CLASSES)[np.asarray(labels)])
