"""A threshold: the score above which an alarm is raised, chosen on windows that are known."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.detector.threshold import between
from swapbench_models.can.error import DataError


def best(labels: NDArray[np.int64], scores: Scores) -> float:
    """Return the threshold with the highest F1 on labelled scores (n,), of both classes.

    It lies in the middle between two scores, or, unlike that of networks, below all of them; of equally good ones it is
    the one with the widest gap round it.
    """
    order = np.argsort(-scores, kind="stable")
    ranked, hits = scores[order], np.cumsum(labels[order])
    cuts = np.flatnonzero(np.diff(ranked, append=-1))  # an alarm for all down to here, and for none with the next score
    f1 = 2 * hits[cuts] / (cuts + 1 + hits[-1])
    above, below = ranked[cuts], np.append(ranked, -1)[cuts + 1]
    tied = np.flatnonzero(f1 == f1.max())
    chosen = tied[np.argmax((above - below)[tied])]
    return between(float(below[chosen]), float(above[chosen]))


def both_classes(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels as they are; raises DataError where they are not of both classes."""
    attacked = int(labels.sum())
    if attacked in (0, len(labels)):
        raise DataError(
            f"Of {len(labels)} windows {attacked} are attacked: there is nothing to tell apart; give recordings with "
            "attacks and without."
        )
    return labels
