"""A network over graphs of frames: it says of each frame how suspicious it is, from what is around it."""

import torch
from torch import Tensor, nn


class Relational(nn.Module):
    """A layer over graphs in which a frame has at most one neighbour by each relation: the frame ahead of it and that
    after it, the same identifier's before it and the next; and all frames of the window, by mean and maximum.

    As in relational graph convolutions each has weights of its own (Schlichtkrull et al., "Modeling Relational Data
    with Graph Convolutional Networks", 2018), and a residual connection keeps what a frame is itself.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.own = nn.Linear(width, width)
        self.neighbours = nn.Linear(width, 4 * width, bias=False)
        self.window = nn.Linear(2 * width, width, bias=False)

    def forward(self, nodes: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """Return the nodes (windows, size, width) after a step; `before` and `after` are indices of `linked`."""
        normed = self.norm(nodes)
        ahead, behind, earlier, later = self.neighbours(normed).chunk(4, dim=2)
        pooled = self.window(torch.cat([normed.mean(dim=1), normed.amax(dim=1)], dim=1))
        sums = self.own(normed) + pooled[:, None]
        sums[:, 1:] += ahead[:, :-1]
        sums[:, :-1] += behind[:, 1:]
        sums = sums + _taken(earlier, before) + _taken(later, after)
        stepped: Tensor = nodes + sums.relu()
        return stepped


class FrameNetwork(nn.Module):
    """Signals of frames to one logit a frame: layers over the graph of a window."""

    def __init__(self, signals: int, width: int = 32, layers: int = 2) -> None:
        super().__init__()
        self.embed = nn.Linear(signals, width)
        self.layers = nn.ModuleList(Relational(width) for _ in range(layers))
        self.head = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))

    def forward(self, signals: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """Return how suspicious each frame is (windows, size), as a logit, by signals (windows, size, k) and the place
        in the window of the same identifier's frame before and after each, -1 for none (windows, size)."""
        nodes = self.embed(signals).relu()
        for layer in self.layers:
            nodes = layer(nodes, before, after)
        logits: Tensor = self.head(nodes).squeeze(2)
        return logits


class FrameNetworks(nn.Module):
    """Several networks that begin differently: on what none of them has learnt of they differ by chance, and their mean
    less (Lakshminarayanan and others, "Simple and scalable predictive uncertainty estimation using deep ensembles",
    2017)."""

    def __init__(self, signals: int, width: int = 32, layers: int = 2, members: int = 3) -> None:
        super().__init__()
        self.members = nn.ModuleList(FrameNetwork(signals, width, layers) for _ in range(members))

    def forward(self, signals: Tensor, before: Tensor, after: Tensor) -> Tensor:
        """Return the logits of each of them (members, windows, size), by what a FrameNetwork takes."""
        return torch.stack([each(signals, before, after) for each in self.members])


def _taken(values: Tensor, places: Tensor) -> Tensor:
    """Return the values at places of the same window, zeros where the place is -1."""
    windows, size, width = values.shape
    rows = torch.cat([values.flatten(0, 1), values.new_zeros(1, width)])
    first = torch.arange(windows, device=places.device)[:, None] * size
    return rows.index_select(0, (places + first).where(places >= 0, windows * size).flatten()).view_as(values)
