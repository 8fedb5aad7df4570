"""Scores: how good the probabilities of a fold's clips are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc")
CONFUSION = ("tn", "fp", "fn", "tp")


def positive(classes: Sequence[str]) -> str | None:
    """Return which class scores are of where there are two, the last; None where they are the mean of all."""
    return classes[1] if len(classes) == 2 else None


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
    classes = probabilities.shape[1]
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (truth, probabilities.argmax(axis=1)), 1)
    right, said, there = table.diagonal(), table.sum(axis=0), table.sum(axis=1)
    shares = (_share(right, said), _share(right, there), _share(2 * right, said + there))
    precision, recall, f1 = (float(each[1] if classes == 2 else each.mean()) for each in shares)
    counts = table.ravel().tolist() if classes == 2 else [None] * len(CONFUSION)
    return Scores(
        accuracy=float(right.sum() / len(truth)),
        precision=precision,
        recall=recall,
        f1=f1,
        roc_auc=_area(truth, probabilities),
        **dict(zip(CONFUSION, counts, strict=True)),
    )


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> NDArray[np.float64]:
    return part / np.maximum(whole, 1)


def _area(truth: NDArray[np.int64], probabilities: NDArray[np.float64]) -> float | None:
    """Return the area under the curve of true and false positives; of more classes, the mean of each against the rest,
    of those that are there and not alone."""
    from sklearn.metrics import roc_auc_score

    classes = range(1, 2) if probabilities.shape[1] == 2 else range(probabilities.shape[1])
    of = [each for each in classes if 0 < np.count_nonzero(truth == each) < len(truth)]
    areas = [float(roc_auc_score(truth == each, probabilities[:, each])) for each in of]
    return float(np.mean(areas)) if areas else None
