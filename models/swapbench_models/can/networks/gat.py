"""The classifier: graph attention with jumping knowledge, from the graph of a window to one logit."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.can.networks.attention import GraphAttention
from swapbench_models.can.networks.batch import Batch
from swapbench_models.can.networks.dropout import Dropout
from swapbench_models.can.networks.sizes import ClassifierSize

FEATURES = 10
EDGE_FEATURES = 11


class GATWithJK(nn.Module):
    """Batches in, logits (G,) out, above 0 for an attack.

    What each layer makes of the nodes is joined by jumping knowledge, and averaged over a graph's nodes. The network of
    KD-GAT (Frenken and others, arXiv 2507.19686, joined by an LSTM, without identifiers) and of DQN-Fusion (arXiv
    2508.04845, side by side, with them), by their names for weights.
    """

    def __init__(self, identifiers: int, size: ClassifierSize) -> None:
        super().__init__()
        self.size = size
        if size.embedding:
            self.id_embedding = nn.Embedding(identifiers, size.embedding)
        width, inputs = size.hidden * size.heads, FEATURES + size.embedding
        edges = EDGE_FEATURES if size.edge_features else None
        self.convs = nn.ModuleList(
            GraphAttention(width if at else inputs, size.hidden, size.heads, edges) for at in range(size.layers)
        )
        self.dropout = Dropout(size.dropout)
        self.jk = JumpingLSTM(width, size.layers) if size.jumping == "lstm" else None
        joined = width if size.jumping == "lstm" else width * size.layers
        self.fc_layers = nn.Sequential()
        for _ in range(size.fully_connected - 1):
            self.fc_layers.extend([nn.Linear(joined, joined), nn.ReLU(), Dropout(size.dropout)])
        self.fc_layers.append(nn.Linear(joined, 1))

    def forward(self, batch: Batch) -> Tensor:
        nodes = batch.features
        if self.size.embedding:
            nodes = torch.cat([self.id_embedding(batch.ids), nodes], dim=1)
        neighbours = batch.neighbours_by_features if self.size.edge_features else batch.neighbours
        layers = []
        for layer in self.convs:
            nodes = self.dropout(layer(nodes, neighbours).relu())
            layers.append(nodes)
        logits: Tensor = self.fc_layers(self._pooled(layers, batch))
        return logits[:, 0]

    def _pooled(self, layers: list[Tensor], batch: Batch) -> Tensor:
        if self.jk is not None:
            return batch.means(self.jk(layers))
        return torch.cat([batch.means(each) for each in layers], dim=1)  # the mean of what stands side by side


class JumpingLSTM(nn.Module):
    """Layers (N, width) in, their sum (N, width) out, each weighed for each node by what an LSTM that reads them both
    ways says of it (Xu and others, "Representation learning on graphs with jumping knowledge networks", 2018)."""

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        units = layers * width // 2
        self.lstm = nn.LSTM(width, units, bidirectional=True, batch_first=True)
        self.att = nn.Linear(2 * units, 1)

    def forward(self, layers: list[Tensor]) -> Tensor:
        each = torch.stack(layers, dim=1)
        shares = functional.softmax(self.att(self.lstm(each)[0]), dim=1)
        return (each * shares).sum(dim=1)
