"""Held out: which windows of the recordings that are trained on validate, and so choose thresholds and epochs."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import DataError
from swapbench_models.can.windows.windows import Indices, Windows

_STRETCH = 25  # windows: those beside each other are alike, so they go to one side together


def held_out(windows: Windows, labels: NDArray[np.int64], share: float = 0.2, seed: int = 0) -> tuple[Indices, Indices]:
    """Return the windows to learn from and those that validate, in their order: whole stretches of recordings, of those
    with an attack in them and of those without each its share, drawn by the seed.

    Raises DataError where either class would be missing on a side.
    """
    stretch = _stretches(windows)
    attacked = np.unique(stretch[labels == 1])
    draw = np.random.default_rng(seed)
    chosen = [
        draw.permutation(each)[: max(1, round(share * len(each)))]
        for each in (attacked, np.setdiff1d(stretch, attacked))
        if len(each)
    ]
    validates = np.isin(stretch, np.concatenate(chosen)) if chosen else np.zeros(len(labels), bool)
    learned, judged = np.flatnonzero(~validates), np.flatnonzero(validates)
    for what, part in (("to learn from", learned), ("to validate", judged)):
        classes = np.unique(labels[part])
        if len(classes) < 2:  # attacked or not
            raise DataError(
                f"Of {len(labels)} windows with {int(labels.sum())} attacked ones, those {what} would all be of one "
                f"class: stretches of {_STRETCH} windows go to one side as a whole, and {len(attacked)} of "
                f"{len(np.unique(stretch))} have attacks; give longer recordings, with attacks in more than one place, "
                "and much without."
            )
    return learned, judged


def _stretches(windows: Windows) -> NDArray[np.int64]:
    """Return the number of each window's stretch (n,)."""
    within = np.arange(len(windows)) - np.searchsorted(windows.recording, windows.recording)
    return np.unique(np.stack([windows.recording, within // _STRETCH], 1), axis=0, return_inverse=True)[1].ravel()
