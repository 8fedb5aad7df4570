"""Splits: the parts in which a data set was published are the folds, each a scenario of its own."""

from typing import Any

import numpy as np

from swapbench_models.training.error import TrainingError
from swapbench_models.training.folds import Folds

TRAIN = "train"


def published(X: Any, y: Any, groups: Any, folds: int = 4, seed: int = 0) -> Folds:
    """Return a fold for each scenario, in the order of their names: all train on the rows of group `train`, and each
    tests on those of one other group (n,), whole. Nothing is drawn; the seed is that of models only.

    Raises TrainingError where there are fewer scenarios than folds, or nothing to train on.
    """
    of = np.asarray(groups)
    scenarios = [str(name) for name in np.unique(of) if name != TRAIN]
    train = np.flatnonzero(of == TRAIN)
    if not len(train):
        raise TrainingError("This data set has no recordings to train on.")
    if len(scenarios) < folds:
        raise TrainingError(
            f"There are {len(scenarios)} splits to test on ({', '.join(scenarios)}) and {folds} folds; give "
            f"--swap-folds {len(scenarios)}."
        )
    return [(train, np.flatnonzero(of == name)) for name in scenarios[:folds]]
