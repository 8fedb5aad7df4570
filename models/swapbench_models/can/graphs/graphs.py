"""Graphs: many of them in a few arrays, as they are kept and as a batch of them is given to a network."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

NODE_FEATURES = (*(f"byte_{place}" for place in range(8)), "count", "last_position")
EDGE_FEATURES = (
    "count",
    "share",
    "interval_mean",
    "interval_std",
    "regularity",
    "first_position",
    "last_position",
    "spread",
    "reversed",
    "degree_product",
    "degree_ratio",
)

Integers = NDArray[np.int64]
Features = NDArray[np.float32]


@dataclass(frozen=True)
class Graphs:
    """Graphs one after the other, G with N nodes and E edges.

    `ids` (N,) are indices into the vocabulary and stand in no feature; `features` (N, 10) are NODE_FEATURES,
    `edge_features` (E, 11) EDGE_FEATURES; `edges` (2, E) say from which node to which, by the nodes' places among all
    N, so graphs are a batch as they are. Graph g has the nodes from `node_starts[g]` to `node_starts[g + 1]` and the
    edges from `edge_starts[g]` to `edge_starts[g + 1]` (G + 1,).
    """

    ids: Integers
    features: Features
    edges: Integers
    edge_features: Features
    node_starts: Integers
    edge_starts: Integers

    def __len__(self) -> int:
        return len(self.node_starts) - 1

    @cached_property
    def batch(self) -> Integers:
        """The number of each node's graph (N,)."""
        return np.repeat(np.arange(len(self)), np.diff(self.node_starts))

    def take(self, indices: NDArray[np.intp] | Sequence[int]) -> "Graphs":
        """Return some of them, in the order of their indices; raises IndexError for one that is not there."""
        indices = np.asarray(indices, np.intp)
        nodes, node_starts = _part(self.node_starts, indices)
        edges, edge_starts = _part(self.edge_starts, indices)
        moved = np.repeat(node_starts[:-1] - self.node_starts[:-1][indices], np.diff(edge_starts))
        return Graphs(
            self.ids[nodes],
            self.features[nodes],
            self.edges[:, edges] + moved,
            self.edge_features[edges],
            node_starts,
            edge_starts,
        )

    @classmethod
    def joined(cls, parts: Sequence["Graphs"]) -> "Graphs":
        """Return graphs one after the other; none where there are no parts."""
        before = np.cumsum([0, *(len(part.ids) for part in parts)])
        moved = [part.edges + shift for part, shift in zip(parts, before, strict=False)]
        return cls(
            np.concatenate([np.empty(0, np.int64), *(part.ids for part in parts)]),
            np.concatenate([np.empty((0, len(NODE_FEATURES)), np.float32), *(part.features for part in parts)]),
            np.concatenate([np.empty((2, 0), np.int64), *moved], axis=1),
            np.concatenate([np.empty((0, len(EDGE_FEATURES)), np.float32), *(part.edge_features for part in parts)]),
            _starts(parts, "node_starts"),
            _starts(parts, "edge_starts"),
        )


def starts_of(counts: Integers) -> Integers:
    """Return where each of some stretches of these lengths (n,) begins, and where the last ends (n + 1,)."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def _starts(parts: Sequence[Graphs], name: str) -> Integers:
    return starts_of(np.concatenate([np.empty(0, np.int64), *(np.diff(getattr(part, name)) for part in parts)]))


def _part(starts: Integers, indices: NDArray[np.intp]) -> tuple[Integers, Integers]:
    """Return the rows of some stretches, one after the other, and where each of these begins and the last ends."""
    lengths = np.diff(starts)[indices]
    begins = starts_of(lengths)
    return np.arange(begins[-1]) + np.repeat(starts[:-1][indices] - begins[:-1], lengths), begins
