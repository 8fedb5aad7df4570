"""Samples: what two sources say of windows, and what is true."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import DataError
from swapbench_models.can.fusion.actions import Numbers
from swapbench_models.can.fusion.reward import rewards
from swapbench_models.can.fusion.state import normalize_state

Labels = NDArray[np.int64]
Part = NDArray[np.intp]


@dataclass(frozen=True)
class Samples:
    """Scores (n,) of two sources, which are `named`, from 0 to 1, and labels (n,), 1 for an attack and 0 for none.

    Raises DataError for scores that are none, and where there are not as many of each.
    """

    first: Numbers
    second: Numbers
    labels: Labels
    named: tuple[str, str] = ("first", "second")

    def __post_init__(self) -> None:
        for name, scores in zip(self.named, (self.first, self.second), strict=True):
            require_scores(name, scores, len(self.labels))

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, part: Part) -> "Samples":
        return Samples(self.first[part], self.second[part], self.labels[part], self.named)

    @cached_property
    def states(self) -> Numbers:
        """What an agent sees (n, 4)."""
        return normalize_state(self.first, self.second)

    @cached_property
    def rewards(self) -> Numbers:
        """What each action would be given (n, 21)."""
        return rewards(self.first, self.second, self.labels)

    def require(self, each: int = 1) -> None:
        """Raise DataError where there are not so many windows of each class, to learn from and to choose by."""
        attacked = int(self.labels.sum())
        if min(attacked, len(self) - attacked) < each:
            raise DataError(
                f"To fuse {' and '.join(self.named)}, {len(self)} windows with {attacked} attacked ones validate, and "
                f"it takes {each} or more of each class; give more recordings, with attacks and without."
            )

    def halves(self, seed: int) -> "tuple[Samples, Samples]":
        """Return two halves, drawn by the seed, with the same share of attacked windows; raises DataError where either
        would lack a class.

        Windows beside each other may come apart: of a window nothing is left here but two scores.
        """
        self.require(2)
        return self._of(each[::2] for each in self._drawn(seed)), self._of(each[1::2] for each in self._drawn(seed))

    def at_most(self, count: int, seed: int) -> "Samples":
        """Return all, or about so many, drawn by the seed: of each class its share, and of one that is there some."""
        if len(self) <= count:
            return self
        share = count / len(self)
        return self._of(each[: max(1, round(share * len(each)))] for each in self._drawn(seed))

    def _drawn(self, seed: int) -> list[Part]:
        """Return the places of each class in an order that is drawn by the seed."""
        draw = np.random.default_rng(seed)
        return [draw.permutation(np.flatnonzero(self.labels == each)) for each in (0, 1)]

    def _of(self, parts: Iterable[Part]) -> "Samples":
        return self[np.sort(np.concatenate(list(parts)))]


def require_scores(name: str, scores: Numbers, windows: int) -> None:
    """Raise DataError, which names whose they are, for scores that are not one from 0 to 1 for each window."""
    if scores.shape != (windows,):
        raise DataError(f"{name}: gave scores of shape {scores.shape} for {windows} windows; give one each.")
    if not ((scores >= 0) & (scores <= 1)).all():  # which no number that is none is
        raise DataError(f"{name}: gave scores that are not from 0 to 1; fit it again.")
