"""Vocabulary: which index an identifier has, for the tables of networks that learn something of each identifier."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import CanError, DataError
from swapbench_models.can.frames.frames import Frames


@dataclass(frozen=True)
class Vocabulary:
    """The identifiers that normal training frames have, in ascending order; the index of one is its place among them,
    and `unknown`, the index after the last, is that of all others.

    What it knows is plain: `Vocabulary(tuple(json.loads(...)))` is the one whose `identifiers` were written. Raises
    CanError for identifiers that are not in ascending order, each once.
    """

    identifiers: tuple[int, ...]

    def __post_init__(self) -> None:
        found = self.identifiers
        plain = all(type(each) is int and each >= 0 for each in found)
        if not plain or any(one >= other for one, other in pairwise(found)):
            raise CanError("A vocabulary is identifiers in ascending order, each once: this one was changed.")

    @classmethod
    def learned(cls, recordings: Iterable[Frames]) -> Self:
        """Return that of the normal frames of training recordings; raises DataError where no frame is marked normal."""
        normal = [np.unique(each.ids[each.attacks == 0]) for each in recordings]
        found = np.unique(np.concatenate([np.empty(0, np.int64), *normal]))
        if not len(found):
            raise DataError("No frame of the training recordings is marked as normal: give some that are.")
        return cls(tuple(found.tolist()))

    def __len__(self) -> int:
        """Return how many indices there are, `unknown` among them."""
        return len(self.identifiers) + 1

    @property
    def unknown(self) -> int:
        """The index of every identifier that is not among them."""
        return len(self.identifiers)

    @property
    def digest(self) -> str:
        """What tells it from others: models that stand on another one do not fit."""
        return hashlib.sha256(json.dumps(self.identifiers).encode()).hexdigest()

    def indices(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the index of each identifier (n,)."""
        places = np.searchsorted(self._sorted, ids)
        known = np.append(self._sorted, -1)[places] == ids
        return np.where(known, places, self.unknown)

    @cached_property
    def _sorted(self) -> NDArray[np.int64]:
        return np.array(self.identifiers, np.int64)
