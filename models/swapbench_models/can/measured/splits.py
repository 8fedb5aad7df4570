"""Splits: the parts in which a data set was published are the folds, each a scenario of its own."""

from typing import Any

import numpy as np

from swapbench_models.training.error import TrainingError
from swapbench_models.training.folds import Folds

TRAIN = "train"


def published(X: Any, y: Any, groups: Any, folds: int = 4, seed: int = 0) -> Folds:
    """Return folds that all train on the rows of group `train` (n,), and of which each tests on those of one scenario,
    whole, in the order of their names; after the last the first follows again, for models with another seed.

    Nothing is drawn: the seed is that of models only. Raises TrainingError where there is nothing to train on, or no
    scenario.
    """
    of = np.asarray(groups)
    scenarios = [name for name in np.unique(of) if name != TRAIN]
    train = np.flatnonzero(of == TRAIN)
    if not len(train) or not scenarios:
        raise TrainingError("This data set has no windows to train on, or none to test on.")
    return [(train, np.flatnonzero(of == scenarios[fold % len(scenarios)])) for fold in range(folds)]
