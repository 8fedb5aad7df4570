"""Scores: how good is what a detector says of windows whose truth is known."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import DataError

METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc", "mcc", "false_positive_rate")


@dataclass(frozen=True)
class Scores:
    """Shares of 1 of the attacked windows (`positives`, of all `windows`), Matthews' correlation from -1 to 1, and how
    often which was taken for which.

    What is not defined is None: a share of nothing, and all but the accuracy, where windows are of one class only. The
    correlation is 0 where all windows were said to be of one.
    """

    windows: int
    positives: int
    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None
    roc_auc: float | None
    mcc: float | None
    false_positive_rate: float | None
    tn: int
    fp: int
    fn: int
    tp: int


def scores(labels: NDArray[np.int64], said: NDArray[np.float64], threshold: float) -> Scores:
    """Return the scores of what was said (n,) of windows of classes 0 and 1 (n,): an attack, above a threshold.

    Raises DataError for no windows, and for what is no number, as where a training has diverged.
    """
    if not len(labels):
        raise DataError("There are no windows to judge by.")
    if not np.isfinite(said).all():
        raise DataError("What it says of windows is no number, for training has diverged; train with another seed.")
    tn, fp, fn, tp = np.bincount(2 * labels + (said > threshold), minlength=4).tolist()
    both = bool(tp + fn and tn + fp)
    return Scores(
        windows=len(labels),
        positives=tp + fn,
        accuracy=(tn + tp) / len(labels),
        precision=_share(tp, tp + fp) if both else None,
        recall=_share(tp, tp + fn) if both else None,
        f1=_share(2 * tp, 2 * tp + fp + fn) if both else None,
        roc_auc=_area(labels, said) if both else None,
        mcc=_correlation(tn, fp, fn, tp) if both else None,
        false_positive_rate=_share(fp, tn + fp) if both else None,
        tn=tn,
        fp=fp,
        fn=fn,
        tp=tp,
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _correlation(tn: int, fp: int, fn: int, tp: int) -> float:
    product = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)
    return (tp * tn - fp * fn) / sqrt(product) if product else 0.0


def _area(labels: NDArray[np.int64], said: NDArray[np.float64]) -> float:
    """Return how often an attacked window is said to be so more surely than another, of equal ones half (Mann and
    Whitney 1947): the area under the curve of true and false positives."""
    _, place, counts = np.unique(said, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    positives = int(labels.sum())
    above = ranks[labels == 1].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(labels) - positives)))
