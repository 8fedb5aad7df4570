"""Folds: the deterministic split of a dataset into train and test parts."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench.base.error import SwapError
from swapbench.plan.target import resolve

Part = NDArray[np.intp]


def split(
    target: str | None, X: Any, y: NDArray[Any], groups: NDArray[Any] | None, folds: int, seed: int
) -> list[tuple[Part, Part]]:
    """Return the (train, test) indices of all folds; raises SwapError for parts that are no split.

    Classes keep their shares in every fold and groups never straddle a split; a target that is no class (see
    `are_classes`) is split without strata; one fold alone trains and tests on everything. `target` names a splitter to
    use instead, whose parts may be indices, masks or slices.
    """
    everything = np.arange(len(y))
    if not len(everything):
        raise SwapError("the data holds no examples.")
    if not target:  # these parts are what they should be, and looking at a million examples takes a while
        whole = [(everything, everything)]
        return whole if folds == 1 else list(_splitter(y, groups, folds, seed).split(everything, y, groups))
    parts = list(resolve(target)(X, y, groups, folds, seed))
    if len(parts) < folds:
        raise SwapError(f"{target} returns {len(parts)} where {folds} are asked for.")
    return [_checked(f"fold {fold}", everything, *parts[fold], apart=folds > 1) for fold in range(folds)]


def retested(parts: list[tuple[Part, Part]], fold: int, examples: int) -> dict[str, int]:
    """Return how many of the examples that a fold tests other folds test too, by their numbers; none where none do."""
    own = _mask(parts[fold][1], examples)
    counts = {str(other): int(np.count_nonzero(own[test])) for other, (_, test) in enumerate(parts) if other != fold}
    return {other: count for other, count in counts.items() if count}


def _checked(owner: str, everything: Part, train: Any, test: Any, *, apart: bool) -> tuple[Part, Part]:
    """Return the parts of a fold as indices; raises SwapError for parts that are empty or, where they are to be
    `apart`, have an example in common, and for one that is tested twice."""
    learned = _rows(f"{owner}, train", everything, train, once=False)  # who draws with replacement trains on some twice
    tested = _rows(f"{owner}, test", everything, test, once=True)
    both = np.count_nonzero(_mask(learned, len(everything))[tested]) if apart else 0
    if both:
        raise SwapError(f"{owner}: {both:,} of the {len(tested):,} examples that it tests are also trained on.")
    return learned, tested


def _rows(owner: str, everything: Part, part: Any, *, once: bool) -> Part:
    """Return the indices of a part of the examples, in which each may be `once`, or more often."""
    rows = everything[part if isinstance(part, slice) else np.asarray(part)] if np.size(part) else everything[:0]
    if rows.ndim != 1:
        raise SwapError(f"{owner}: it has shape {rows.shape}, and not (n,).")
    if not len(rows):
        raise SwapError(f"{owner}: it holds no examples.")
    mask = _mask(rows, len(everything))
    twice = len(rows) - np.count_nonzero(mask)
    meant_as_mask = twice > 0 and not mask[2:].any()
    if meant_as_mask or (twice and once):
        hint = " (a mask is made of booleans, not of zeros and ones)" if meant_as_mask else ""
        raise SwapError(f"{owner}: {twice:,} of its {len(rows):,} indices repeat others{hint}.")
    return rows


def _mask(rows: Part, examples: int) -> NDArray[np.bool]:
    """Return which examples a part holds."""
    mask = np.zeros(examples, np.bool)
    mask[rows] = True
    return mask


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
