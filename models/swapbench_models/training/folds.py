"""Folds: which examples are trained on and which are tested, k times.

Each rule is a function of examples, labels, groups, folds and a seed, as a suite's `split` may name it, and returns the
indices of both parts of each fold. A rule that does not need one of them takes None for it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.training.error import TrainingError

Part = NDArray[np.intp]
Folds = list[tuple[Part, Part]]
_DRAWS = 100  # of groups, until each part to train on has every class


def stratified(X: Any, y: Any, groups: Any = None, folds: int = 5, seed: int = 42) -> Folds:
    """Return folds whose parts have the classes `y` (n,) in their shares, drawn by the seed.

    Raises TrainingError where a class has fewer examples than there are folds.
    """
    from sklearn.model_selection import StratifiedKFold

    labels = np.asarray(y)
    classes, counts = np.unique(labels, return_counts=True)
    _require_enough(folds, dict(zip(classes, counts, strict=True)), "examples")
    return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(labels, labels))


def grouped(X: Any, y: Any, groups: Any, folds: int = 5, seed: int = 42) -> Folds:
    """Return folds as `stratified` does, as nearly as can be where no group (n,) is ever on both sides of one.

    Each trains on all classes. Raises TrainingError where a class is in fewer groups than there are folds, or groups
    are so unlike in size, or so mixed, that no such folds were found.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    labels, of = np.asarray(y), np.asarray(groups)
    _require_enough(folds, {each: len(np.unique(of[labels == each])) for each in np.unique(labels)}, "groups")
    classes = len(np.unique(labels))
    for drawn in range(seed, seed + _DRAWS):
        found = list(StratifiedGroupKFold(folds, shuffle=True, random_state=drawn).split(labels, labels, of))
        if all(len(test) and len(np.unique(labels[train])) == classes for train, test in found):
            return found
    raise TrainingError(
        f"No {folds} folds were found that all have something to test on and train on every class: these groups are "
        "too unlike in size, or too mixed; declare fewer folds."
    )


def over_time(X: Any, y: Any = None, groups: Any = None, folds: int = 5, seed: int = 0) -> Folds:
    """Return folds that train on the past and test on what follows: examples, which are in order of time, are cut into
    one part more than folds, and fold i trains on parts 0 to i and tests on the next.

    Raises TrainingError where a part would be empty.
    """
    _require_folds(folds, least=1)
    if len(X) <= folds:
        raise TrainingError(f"{folds} folds over time need {folds + 1} examples or more, there are {len(X)}.")
    cuts = np.linspace(0, len(X), folds + 2).round().astype(int)
    return [(np.arange(cuts[fold + 1]), np.arange(cuts[fold + 1], cuts[fold + 2])) for fold in range(folds)]


def _require_enough(folds: int, counts: dict[Any, int], what: str) -> None:
    """Raise TrainingError where a class has fewer than there are folds."""
    _require_folds(folds, least=2)
    for name, count in counts.items():
        if count < folds:
            raise TrainingError(
                f"{folds} folds need as many {what} of each class, and class {name} has {count}; declare fewer folds."
            )


def _require_folds(folds: int, least: int) -> None:
    if folds < least:
        raise TrainingError(f"folds {folds}: give a number from {least} on.")
