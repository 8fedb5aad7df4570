"""Scores: how good the probabilities of a fold's clips are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
CONFUSION = ("tn", "fp", "fn", "tp")


@dataclass(frozen=True)
class Scores:
    """Shares of 1, those of class 1 where there are two, and else the mean of all classes'; 0 where a share is of none.

    The area under the curve is None where the clips are of one class only. How often which class was taken for which
    is told for two.
    """

    accuracy: float
    precision: float
    recall: float
    f1: float
    roc_auc: float | None
    tn: int | None = None
    fp: int | None = None
    fn: int | None = None
    tp: int | None = None


def scores(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Scores:
    """Return the scores of probabilities (n, classes) of clips of classes (n,); the most probable class is said."""
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, precision_score, recall_score

    said, classes = probabilities.argmax(axis=1), np.arange(probabilities.shape[1])
    two = len(classes) == 2
    how = {"average": "binary", "pos_label": 1} if two else {"average": "macro", "labels": classes}
    table = confusion_matrix(truth, said, labels=classes).ravel().tolist() if two else [None] * len(CONFUSION)
    return Scores(
        accuracy=float(accuracy_score(truth, said)),
        precision=float(precision_score(truth, said, zero_division=0, **how)),
        recall=float(recall_score(truth, said, zero_division=0, **how)),
        f1=float(f1_score(truth, said, zero_division=0, **how)),
        roc_auc=_area(truth, probabilities),
        **dict(zip(CONFUSION, table, strict=True)),
    )


def _area(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float | None:
    """Return the area under the curve of true and false positives; of more classes, the mean of each against the rest,
    of those that are there and not alone."""
    from sklearn.metrics import roc_auc_score

    classes = range(1, 2) if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    of = [each for each in classes if 0 < np.count_nonzero(truth == each) < len(truth)]
    areas = [float(roc_auc_score(truth == each, probabilities[:, each])) for each in of]
    return float(np.mean(areas)) if areas else None
