"""A part: some of the graphs that were made of windows, as a batch, and which they are."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.networks.batch import Batch
from swapbench_models.can.windows.windows import Indices


@dataclass(frozen=True)
class Part:
    """A batch of graphs, their places (n,) among all, and those of their nodes (N,) among the nodes of all."""

    batch: Batch
    places: torch.Tensor
    nodes: torch.Tensor

    @classmethod
    def of(cls, graphs: Graphs, indices: Indices) -> "Part":
        """Return those graphs of all that the indices name."""
        taken = graphs.take(indices)
        moved = np.repeat(graphs.node_starts[indices] - taken.node_starts[:-1], np.diff(taken.node_starts))
        nodes = np.arange(len(taken.ids)) + moved
        return cls(Batch.of(taken), torch.from_numpy(np.asarray(indices)), torch.from_numpy(nodes))

    def __len__(self) -> int:
        return len(self.batch)


def parts(graphs: Graphs, size: int, indices: Indices | None = None) -> Iterator[Part]:
    """Yield graphs in their order, or those that the indices name, at most so many at a time."""
    every = np.arange(len(graphs)) if indices is None else indices
    for start in range(0, len(every), size):
        yield Part.of(graphs, every[start : start + size])
