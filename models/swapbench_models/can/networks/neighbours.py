"""Neighbours: the edges of a batch as attention sums over them, in the order in which that is fastest."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor


@dataclass(frozen=True)
class Neighbours:
    """E edges between N nodes, sorted by their target: those of the batch but for loops, and one loop at each node, so
    that a node sees itself, and once.

    `features` (E, F), if there are any, are those of the edges; a loop has the mean of those that lead to its node.
    """

    sources: Tensor
    targets: Tensor
    nodes: int
    features: Tensor | None = None

    @classmethod
    def of(cls, edges: Tensor, nodes: int, features: Tensor | None = None) -> "Neighbours":
        """Return the neighbours of nodes by the edges (2, E) of a batch."""
        kept = edges[0] != edges[1]
        every = torch.arange(nodes, device=edges.device)
        targets, order = torch.cat([edges[1][kept], every]).sort(stable=True)
        sources = torch.cat([edges[0][kept], every])[order]
        if features is None:
            return cls(sources, targets, nodes)
        looped = torch.cat([features[kept], _means(features[kept], edges[1][kept], nodes)])
        return cls(sources, targets, nodes, looped[order])

    @cached_property
    def order(self) -> Tensor:
        """The places of the edges (E,) sorted by their source."""
        return self.sources.argsort(stable=True)

    def bags(self, heads: int) -> "Bags":
        """Return the sources of each target, for sums by so many heads."""
        return self._made(heads, "targets", lambda: (self.sources, self.targets))

    def bags_back(self, heads: int) -> "Bags":
        """Return the targets of each source, of edges in their `order`."""
        return self._made(heads, "sources", lambda: (self.targets[self.order], self.sources[self.order]))

    def _made(self, heads: int, into: str, ends: Callable[[], tuple[Tensor, Tensor]]) -> "Bags":
        known: dict[tuple[int, str], Bags] = self.__dict__.setdefault("_bags", {})
        if (heads, into) not in known:
            known[heads, into] = Bags.of(*ends(), self.nodes, heads)
        return known[heads, into]


@dataclass(frozen=True)
class Bags:
    """Which rows of a table are summed, as `functional.embedding_bag` takes it.

    Of the table (N x heads, width) the rows of a node lie together, of the sums (heads x N, width) those of a head.
    `places` (heads x E,) are places in the table, and `starts` (heads x N,) say where those of each sum begin.
    """

    places: Tensor
    starts: Tensor

    @classmethod
    def of(cls, nodes: Tensor, into: Tensor, count: int, heads: int) -> "Bags":
        """Return the bags of edges (E,) from nodes into others, sorted by these, of so many."""
        counts = torch.bincount(into, minlength=count)
        head = torch.arange(heads, device=nodes.device)[:, None]
        starts = counts.cumsum(0) - counts + head * len(nodes)
        return cls((nodes * heads + head).flatten(), starts.flatten())


def _means(features: Tensor, targets: Tensor, nodes: int) -> Tensor:
    """Return the mean features (nodes, F) of the edges that lead to each node, zeros where none does."""
    sums = features.new_zeros(nodes, features.shape[1]).index_add(0, targets, features)
    return sums / torch.bincount(targets, minlength=nodes).clamp(min=1)[:, None]
