"""Examples: labelled clips that are to be learned from, known to be enough for it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.training import folds
from swapbench_models.training.folds import Folds
from swapbench_models.video.classifier.classifier import Labels, Paths
from swapbench_models.video.error import VideoError


@dataclass(frozen=True)
class Examples:
    """Clips by path, the class of each, and its group, where groups are known; `classes` is how many there are."""

    paths: tuple[str, ...]
    y: Labels
    groups: NDArray[Any] | None

    @classmethod
    def checked(cls, paths: Paths, y: Any, groups: Any = None) -> "Examples":
        """Raise VideoError where there are none, or not each has a class and a group, or there is but one class."""
        labels, names = np.asarray(y), tuple(map(str, paths))
        of = None if groups is None else np.asarray(groups)
        if not names:
            raise VideoError("There are no clips to train on; give some of each class.")
        for what, given in (("labels", labels), ("groups", of)):
            if given is not None and given.shape != (len(names),):
                raise VideoError(f"{len(names)} clips need as many {what}, found shape {given.shape}.")
        if labels.dtype.kind not in "iu" or labels.min() < 0:
            wrong = labels.min().item() if labels.dtype.kind in "iu" else labels.tolist()[0]
            raise VideoError(
                f"Labels are whole numbers from 0 on, one for each class, found {wrong!r} ({labels.dtype.name})."
            )
        counts = np.bincount(labels.astype(np.int64))
        if len(counts) < 2 or not counts.all():
            found = ", ".join(f"{count} of class {each}" for each, count in enumerate(counts))
            raise VideoError(f"The clips to train on are {found}; give some of each class, and of two classes or more.")
        return cls(names, labels.astype(np.int64), of)

    @property
    def classes(self) -> int:
        return int(self.y.max()) + 1

    def parts(self, most: int, seed: int, what_for: str) -> Folds:
        """Return as many folds as can be, and `most` at most: two or more, on whose sides no group is twice, and which
        have all classes to train on.

        Raises VideoError, which says what they are for, where a class has a single clip or group, or groups leave none.
        """
        labels = self.y if self.groups is None else _of_groups(self.groups, self.y)
        counts = np.bincount(labels, minlength=self.classes)
        fewest = int(counts.argmin())
        if counts[fewest] < 2:
            what = "clip" if self.groups is None else "group of clips"
            raise VideoError(f"Class {fewest} has a single {what} to train on, and {what_for} needs two; give more.")
        rule = folds.stratified if self.groups is None else folds.grouped
        found = rule(None, self.y, self.groups, folds=min(most, int(counts[fewest])), seed=seed)
        if any(len(np.unique(self.y[learned])) < self.classes for learned, _ in found):
            raise VideoError(f"Groups of clips are too unlike in size for {what_for}; give more, or smaller ones.")
        return found


def _of_groups(groups: NDArray[Any], y: Labels) -> Labels:
    """Return the class of each pair of a group and a class that are together."""
    numbers = np.unique(groups, return_inverse=True)[1]
    of_pairs: Labels = np.unique(np.stack([numbers, y]), axis=1)[1]
    return of_pairs
