"""Folds: the deterministic split of a dataset into train and test parts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.plan.target import resolve

Part = NDArray[np.intp]


def split(
    target: str | None, X: Any, y: NDArray[Any], groups: NDArray[Any] | None, folds: int, fold: int, seed: int
) -> tuple[Part, Part]:
    """Return the (train, test) indices of one fold of `folds`.

    Classes keep their shares in every fold and groups never straddle a split; a target of real numbers is split
    without strata; one fold alone trains and tests on everything. `target` names a splitter to use instead.
    """
    if target:
        train, test = list(resolve(target)(X, y, groups, folds, seed))[fold]
        return np.asarray(train), np.asarray(test)
    everything = np.arange(len(y))
    if folds == 1:
        return everything, everything
    # Here, for whoever needs no splitter should not wait for it; a fork server has it imported.
    from sklearn.model_selection import KFold, StratifiedGroupKFold, StratifiedKFold

    if groups is not None:
        splitter: Any = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    else:
        kind = KFold if np.issubdtype(y.dtype, np.floating) else StratifiedKFold
        splitter = kind(folds, shuffle=True, random_state=seed)
    train, test = list(splitter.split(everything, y, groups))[fold]
    return train, test
