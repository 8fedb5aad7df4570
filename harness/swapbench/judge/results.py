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
    """Tell whether folds test an example that others of them test too; of records of before, which do not say that,
    whether the folds test more examples than there are."""
    shared = _shared(records)
    if shared is not None:
        return shared > 0
    tested = sum(record.test_examples or 0 for record in records)
    return tested > max((record.test_examples or 0) + (record.train_examples or 0) for record in records)


def by_part(values: Sequence[float], records: Sequence[Record]) -> tuple[list[float], list[Record]]:
    """Return one value, and one record, for each part of the data that is tested: the mean of the folds that test it.

    Folds that test all the same examples are trainings of a model, or copies of one, and say no more of other examples
    than one of them.
    """
    found: dict[str, list[int]] = {}
    for place, record in enumerate(records):
        same = [fold for fold, count in (record.retested or {}).items() if count == record.test_examples]
        first = min([str(record.cell.fold), *same], key=int)
        found.setdefault(first, []).append(place)
    return [fmean(values[place] for place in each) for each in found.values()], [
        records[each[0]] for each in found.values()
    ]


def test_share(records: Sequence[Record]) -> float:
    """Return n_test/n_train of the folds, that of k-fold cross-validation where their sizes are not known.

    It stands for a correlation of n_test/n between folds. Where two folds have a larger part of their test examples in
    common, on average over all pairs, that is their correlation; where they all test the same ones the share is
    infinite, for what other examples would show is not in the differences between such folds.
    """
    sizes = [r.test_examples / r.train_examples for r in records if r.test_examples and r.train_examples]
    share = fmean(sizes) if len(sizes) == len(records) else 1 / max(len(records) - 1, 1)
    shared = _shared(records) or 0.0
    return max(share, shared / (1 - shared) if shared < 1 else math.inf)


def _shared(records: Sequence[Record]) -> float | None:
    """Return the share of its test examples that a fold has in common with another, on average over all pairs; None
    where a record does not say."""
    folds, shares = {str(record.cell.fold) for record in records}, []
    for record in records:
        if record.retested is None or not record.test_examples:
            return None
        common = sum(count for fold, count in record.retested.items() if fold in folds)
        shares.append(common / record.test_examples / max(len(records) - 1, 1))
    return fmean(shares)
