"""Trees as numbers: what boosting has learnt, kept without the library that learnt it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.simple.openings import Floats
from swapbench_models.can.simple.saved import numbers

_BLOCK = 1024  # rows at a time: their places in all trees stay in a cache
_LEAF = -1

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Trees:
    """Nodes (n,) of all trees: the feature each asks for, -1 for a leaf, and the value up to which a row goes `left`,
    else `right`, to a later node of the same tree; of a leaf the value that it adds. `roots` (trees,) are the first
    nodes, and `shift` (1,) what the sum begins with."""

    feature: Ints
    value: Floats
    left: Ints
    right: Ints
    roots: Ints
    shift: Floats

    @classmethod
    def none(cls) -> Self:
        """Return trees of nothing."""
        empty = np.zeros(0, np.int64)
        return cls(empty, np.zeros(0), empty, empty, empty, np.zeros(1))

    @classmethod
    def of(cls, model: Any) -> Self:
        """Return the trees of a fitted HistGradientBoostingClassifier of two classes, whose table misses nothing."""
        nodes = [predictor.nodes for (predictor,) in model._predictors]
        roots = np.cumsum([0, *map(len, nodes)])[:-1]
        joined, starts = np.concatenate(nodes), np.repeat(roots, [len(each) for each in nodes])
        leaf = joined["is_leaf"].astype(bool)
        left, right = (np.where(leaf, _LEAF, joined[side] + starts).astype(np.int64) for side in ("left", "right"))
        feature = np.where(leaf, _LEAF, joined["feature_idx"]).astype(np.int64)
        value = np.where(leaf, joined["value"], joined["num_threshold"])
        return cls(feature, value, left, right, roots, np.array(model._baseline_prediction, np.float64).reshape(1))

    def sums(self, table: Floats) -> Floats:
        """Return the sum of the leaves that each row (n, k) comes to (n,)."""
        blocks = [self._leaves(table[start : start + _BLOCK]) for start in range(0, len(table), _BLOCK)]
        sums: Floats = self.shift + np.concatenate(
            [np.zeros(0), *(self.value[leaves].sum(axis=1) for leaves in blocks)]
        )
        return sums

    def _leaves(self, table: Floats) -> Ints:
        """Return the leaf of each tree that each row comes to (n, trees)."""
        at = np.broadcast_to(self.roots, (len(table), len(self.roots))).copy()
        row, tree = np.nonzero(self.feature[at] != _LEAF)
        while len(row):
            node = at[row, tree]
            goes_left = table[row, self.feature[node]] <= self.value[node]
            node = np.where(goes_left, self.left[node], self.right[node])
            at[row, tree] = node
            goes_on = self.feature[node] != _LEAF
            row, tree = row[goes_on], tree[goes_on]
        return at

    def count(self) -> int:
        """Return how many numbers were learnt: where each split is, and what each leaf adds."""
        return len(self.value) + len(self.shift)

    def learned(self) -> dict[str, Any]:
        """Return the numbers as JSON's values."""
        return {name: each.tolist() for name, each in vars(self).items()}

    @classmethod
    def taken(cls, values: Mapping[str, Any], width: int) -> Self:
        """Return what `learned` returned, of a table so wide; raises KeyError, TypeError or ValueError for what are no
        trees, or none whose rows come to a leaf."""
        nodes, trees = len(values["feature"]), len(values["roots"])
        feature, left, right = (numbers(values, name, (nodes,), kinds="i") for name in ("feature", "left", "right"))
        roots = numbers(values, "roots", (trees,), kinds="i")
        splits = np.flatnonzero(feature != _LEAF)
        if not (
            ((roots >= 0) & (roots < nodes)).all()
            and ((feature >= _LEAF) & (feature < width)).all()
            and all(((side[splits] > splits) & (side[splits] < nodes)).all() for side in (left, right))
        ):
            raise ValueError("nodes that are no trees'")
        return cls(feature, numbers(values, "value", (nodes,)), left, right, roots, numbers(values, "shift", (1,)))
