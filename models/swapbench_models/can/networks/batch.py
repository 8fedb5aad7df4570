"""A batch: some graphs as tensors, as all networks of this folder take them."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn import functional

from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.networks.neighbours import Neighbours


@dataclass(frozen=True)
class Batch:
    """G graphs with N nodes and E edges in all.

    `ids` (N,) are indices of the vocabulary; `features` (N, 10) and `edge_features` (E, 11) are those of Graphs; the
    `edges` (2, E) lead from one node of the batch to another; the nodes of graph g begin at `starts[g]` (G,).
    """

    ids: Tensor
    features: Tensor
    edges: Tensor
    edge_features: Tensor
    starts: Tensor

    @classmethod
    def of(cls, graphs: Graphs) -> "Batch":
        """Return graphs as they are, in the memory in which they are."""
        arrays = (graphs.ids, graphs.features, graphs.edges, graphs.edge_features, graphs.node_starts[:-1])
        return cls(*map(torch.from_numpy, arrays))

    def __len__(self) -> int:
        return len(self.starts)

    @cached_property
    def graph(self) -> Tensor:
        """The number of each node's graph (N,)."""
        counts = torch.diff(self.starts, append=self.starts.new_tensor([len(self.ids)]))
        return torch.arange(len(self), device=self.starts.device).repeat_interleave(counts)

    @cached_property
    def neighbours(self) -> Neighbours:
        return Neighbours.of(self.edges, len(self.ids))

    @cached_property
    def neighbours_by_features(self) -> Neighbours:
        """Neighbours whose edges have features, in logarithms, for they are counts and products of counts."""
        return Neighbours.of(self.edges, len(self.ids), self.edge_features.log1p())

    def means(self, values: Tensor) -> Tensor:
        """Return the mean (G, width) of the values (N, width) of each graph's nodes."""
        every = torch.arange(len(values), device=values.device)
        return functional.embedding_bag(every, values, self.starts, mode="mean")

    def maxima(self, values: Tensor) -> Tensor:
        """Return the maximum (G, width) of the values (N, width) of each graph's nodes."""
        place = self.graph[:, None].expand_as(values)
        return values.new_full((len(self), values.shape[1]), -torch.inf).scatter_reduce(0, place, values, "amax")
