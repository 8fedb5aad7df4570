"""Samples: what two sources say of windows, and what is true."""

from collections.abc import Sequence
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
            if scores.shape != self.labels.shape:
                raise DataError(f"{name}: gave {scores.shape} scores for {self.labels.shape} windows; give one each.")
            if not ((scores >= 0) & (scores <= 1)).all():  # nor a number that is none
                raise DataError(f"{name}: gave scores that are not from 0 to 1; fit it again.")

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
        draw = np.random.default_rng(seed)
        classes = [draw.permutation(np.flatnonzero(self.labels == each)) for each in (0, 1)]
        return self._of([part[::2] for part in classes]), self._of([part[1::2] for part in classes])

    def _of(self, parts: Sequence[Part]) -> "Samples":
        return self[np.sort(np.concatenate(parts))]
