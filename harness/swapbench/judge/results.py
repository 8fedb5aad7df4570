"""Results: those of each test example, pooled over folds and gathered by group."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from swapbench.base import units
from swapbench.base.packing import unpack
from swapbench.record.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Results:
    """Values of test examples (n,) and the group of each (n,), None where every example stands for itself."""

    values: "NDArray[Any]"
    groups: "NDArray[Any] | None"

    @property
    def clusters(self) -> int:
        """How many independent units there are: groups, or examples."""
        import numpy as np

        return len(self.values) if self.groups is None else len(np.unique(self.groups))

    @property
    def error(self) -> float:
        """The standard error of the mean: of independent examples, or of a ratio of sums over groups (Cochran, Sampling
        Techniques, 1977, chapter 9)."""
        import numpy as np

        gaps = self.values.astype(float) - self.values.mean()
        sums = gaps if self.groups is None else group_sums(gaps, self.groups)
        count = len(sums)
        return math.sqrt(float(np.square(sums).sum()) * count / (count - 1)) / len(self.values)

    @property
    def in_words(self) -> str:
        """Say over what it is, in words."""
        examples = units.counted(len(self.values), "example")
        return examples if self.groups is None else f"{examples} in {units.counted(self.clusters, 'group')}"


def pooled(records: Sequence[Record], metric: str) -> Results | None:
    """Return the results of all folds, where all have them and no example occurs twice, else None."""
    import numpy as np

    if any(metric not in record.examples for record in records) or repeated(records):
        return None
    parts = [unpack(record.examples[metric]) for record in records]
    if sum(map(len, parts)) < 2:
        return None
    return Results(np.concatenate(parts), groups_of(records, [len(part) for part in parts]))


def groups_of(records: Sequence[Record], sizes: Sequence[int]) -> "NDArray[Any] | None":
    """Return the group of each pooled example as a number, None where the data has no groups."""
    import numpy as np

    if not all(record.groups for record in records):
        return None
    parts = [unpack(record.groups) for record in records]
    if [len(part) for part in parts] != list(sizes):
        return None
    return np.concatenate(parts)


def group_sums(values: "NDArray[Any]", groups: "NDArray[Any]") -> "NDArray[Any]":
    """Return the sum of the values of each group."""
    import numpy as np

    _, places = np.unique(groups, return_inverse=True)
    return np.bincount(places, weights=values)


def repeated(records: Sequence[Record]) -> bool:
    """Tell whether the folds test more examples than there are."""
    tested = sum(record.test_examples or 0 for record in records)
    return tested > max((record.test_examples or 0) + (record.train_examples or 0) for record in records)


def test_share(records: Sequence[Record]) -> float:
    """Return n_test/n_train of the folds, that of k-fold cross-validation where their sizes are not known."""
    shares = [r.test_examples / r.train_examples for r in records if r.test_examples and r.train_examples]
    if len(shares) == len(records):
        return fmean(shares)
    return 1 / max(len(records) - 1, 1)
