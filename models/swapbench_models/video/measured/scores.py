"""Scores of two classes, of which class 1 is to be found, as shares of clips."""

from typing import Any

import numpy as np
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score


def precision(truth: Any, labels: Any) -> float:
    """Return which share of what was taken for class 1 is of it; 0 where nothing was."""
    return float(precision_score(truth, labels, zero_division=0.0))


def recall(truth: Any, labels: Any) -> float:
    """Return which share of class 1 was found; 0 where there is none."""
    return float(recall_score(truth, labels, zero_division=0.0))


def f1(truth: Any, labels: Any) -> float:
    """Return the harmonic mean of precision and recall, or 0."""
    return float(f1_score(truth, labels, zero_division=0.0))


def roc_auc(truth: Any, probabilities: Any) -> float:
    """Return the area under the curve of true over false positives; not a number, with scikit-learn's warning of it,
    where all clips are of one class."""
    return float(roc_auc_score(truth, np.asarray(probabilities)[:, 1]))


def specificity(truth: Any, labels: Any) -> float:
    """Return which share of class 0 was left alone; 0 where there is none. It and recall are the two rows of the table
    of confusion, as shares."""
    return float(recall_score(truth, labels, pos_label=0, zero_division=0.0))
