"""Folds: the deterministic split of a dataset into train and test parts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench.base.error import SwapError
from swapbench.plan.target import resolve

Part = NDArray[np.intp]


def split(
    target: str | None, X: Any, y: NDArray[Any], groups: NDArray[Any] | None, folds: int, fold: int, seed: int
) -> tuple[Part, Part]:
    """Return the (train, test) indices of one fold of `folds`.

    Classes keep their shares in every fold and groups never straddle a split; a target that is no class (see
    `are_classes`) is split without strata; one fold alone trains and tests on everything. `target` names a splitter to
    use instead.
    """
    if target:
        train, test = list(resolve(target)(X, y, groups, folds, seed))[fold]
        return np.asarray(train), np.asarray(test)
    everything = np.arange(len(y))
    if folds == 1:
        return everything, everything
    train, test = list(_splitter(y, groups, folds, seed).split(everything, y, groups))[fold]
    return train, test


def are_classes(y: NDArray[Any], folds: int) -> bool:
    """Tell whether a target is made of classes: its values are no floating-point numbers, and occur `folds` times or
    more on average. Counts, ages and prices in whole units, of which most occur once or twice, are numbers."""
    if y.ndim != 1 or np.issubdtype(y.dtype, np.inexact):
        return False
    return len(np.unique(y)) * folds <= len(y)


def by_time(X: Any, y: NDArray[Any], groups: NDArray[Any] | None, folds: int, seed: int) -> list[tuple[Part, Part]]:
    """Return folds of examples that are given in the order of time: each tests on what comes right after all that it
    trains on, and trains on what the one before it trained and tested on (an expanding window).

    The examples are cut into `folds` + 1 stretches of the same length. Where there are groups, such as days, whose
    examples lie together, none is cut. Raises SwapError where that cannot be done.
    """
    if groups is None:
        starts = np.arange(len(y))
    else:
        changed = groups[1:] != groups[:-1]
        starts = np.concatenate([[0], np.flatnonzero(changed) + 1])
        if len(starts) > len(np.unique(groups)):
            raise SwapError(
                "split='time': the examples of a group must lie together, for they are split in the order in which the "
                "loader gives them; sort them by time, and give the groups that time has (days, sessions)."
            )
    if len(starts) <= folds:
        what = "examples" if groups is None else "groups"
        raise SwapError(f"split='time': {folds} folds need {folds + 1} {what} or more, the data has {len(starts)}.")
    cuts = _cuts(starts, len(y), folds + 1)
    return [(np.arange(cuts[fold + 1]), np.arange(cuts[fold + 1], cuts[fold + 2])) for fold in range(folds)]


def _cuts(starts: Part, count: int, parts: int) -> list[int]:
    """Return where `parts` stretches of `count` examples begin, and where the last ends: each at one of `starts`, as
    near as can be to an even share of what is left."""
    cuts, first = [0], 1
    for part in range(1, parts):
        last = len(starts) - (parts - part)  # each stretch that is still to come needs a start of its own
        possible = starts[first : last + 1]
        wanted = cuts[-1] + (count - cuts[-1]) / (parts - part + 1)
        chosen = int(np.abs(possible - wanted).argmin())
        cuts.append(int(possible[chosen]))
        first += chosen + 1
    return [*cuts, count]


def _splitter(y: NDArray[Any], groups: NDArray[Any] | None, folds: int, seed: int) -> Any:
    # Here, for whoever needs no splitter should not wait for it; a fork server has it imported.
    from sklearn.model_selection import GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold

    if groups is None:
        kind = StratifiedKFold if are_classes(y, folds) else KFold
        return kind(folds, shuffle=True, random_state=seed)
    found = len(np.unique(groups))
    if found < folds:
        raise SwapError(f"{folds} folds need as many groups or more, the data has {found}; declare fewer folds.")
    kind = StratifiedGroupKFold if are_classes(y, folds) else GroupKFold
    return kind(folds, shuffle=True, random_state=seed)
