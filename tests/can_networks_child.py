"""What tests of the networks over graphs have done in a process with torch."""

import importlib
import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.can.error import CanError
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.networks import vgae
from swapbench_models.can.networks.attention import GraphAttention
from swapbench_models.can.networks.batch import Batch
from swapbench_models.can.networks.create import autoencoder, classifier
from swapbench_models.can.networks.dropout import Dropout
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.neighbours import Neighbours
from swapbench_models.can.networks.published import STUDENT, published_student
from swapbench_models.can.networks.sizes import AutoencoderSize, ClassifierSize, sizes

SMALL = AutoencoderSize(hidden=6, latent=5, layers=3, heads=2, embedding=3)


def pyg() -> Any:
    """Return torch_geometric's layers; what it imports warns of itself."""
    with warnings.catch_warnings(action="ignore"):
        return importlib.import_module("torch_geometric.nn")


def parameters(made: nn.Module) -> int:
    return sum(each.numel() for each in made.parameters())


def counted(architecture: str, role: Any) -> tuple[int, int]:
    """Return how many parameters the published autoencoder and classifier of a role have, with 35 identifiers."""
    found = sizes(architecture, "paper", role)
    return parameters(autoencoder(35, found.autoencoder)), parameters(classifier(35, found.classifier))


def counted_as_published() -> int:
    return parameters(GATWithJK(35, STUDENT))


def graphs(count: int, identifiers: int = 7, seed: int = 0) -> Graphs:
    """Return graphs of one to nine nodes, some with loops, some without any edge."""
    draws = np.random.default_rng(seed)
    nodes = draws.integers(1, 10, count)
    ends = [
        np.unique(draws.integers(0, size, (2, draws.integers(0, 2 * size))), axis=1) + before
        for size, before in zip(nodes, np.cumsum(nodes) - nodes, strict=True)
    ]
    edges = np.concatenate(ends, axis=1)
    return Graphs(
        draws.integers(0, identifiers, nodes.sum()),
        draws.random((nodes.sum(), 10), np.float32),
        edges,
        50 * draws.random((edges.shape[1], 11), np.float32),
        np.cumsum([0, *nodes]),
        np.cumsum([0, *(each.shape[1] for each in ends)]),
    )


def beside_pyg(heads: int, edge_features: bool) -> float:
    """Return how far outputs and gradients of attention are from those of torch_geometric's layer, of the same weights
    and in double precision."""
    found = graphs(20)
    batch, width = Batch.of(found), 11 if edge_features else None
    ours = GraphAttention(10, 4, heads, width).double()
    theirs = pyg().GATConv(10, 4, heads=heads, edge_dim=width).double()
    theirs.load_state_dict(ours.state_dict())
    features = batch.edge_features.double() if edge_features else None
    nodes = [batch.features.double().requires_grad_() for _ in range(2)]
    neighbours = Neighbours.of(batch.edges, len(batch.ids), features)
    outputs = [ours(nodes[0], neighbours), theirs(nodes[1], batch.edges, features)]
    pull = torch.randn(outputs[0].shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    for output in outputs:
        (output * pull).sum().backward()
    named = dict(theirs.named_parameters())
    pairs = [(outputs[0], outputs[1]), (nodes[0].grad, nodes[1].grad)]
    pairs += [(each.grad, named[name].grad) for name, each in ours.named_parameters()]
    return max(float((one - other).detach().abs().max()) for one, other in pairs)


class ByPyg(nn.Module):
    """The classifier made of torch_geometric's parts, as they are named where it was published."""

    def __init__(self, identifiers: int, size: ClassifierSize) -> None:
        super().__init__()
        width = size.hidden * size.heads
        if size.embedding:
            self.id_embedding = nn.Embedding(identifiers, size.embedding)
        first = 10 + size.embedding
        self.convs = nn.ModuleList(
            pyg().GATConv(width if at else first, size.hidden, heads=size.heads) for at in range(size.layers)
        )
        self.jk = pyg().JumpingKnowledge(size.jumping, channels=width, num_layers=size.layers)
        joined = width * (size.layers if size.jumping == "cat" else 1)
        hidden = [part for _ in range(size.fully_connected - 1) for part in (nn.Linear(joined, joined), nn.ReLU())]
        places = [str(at) for layer in range(size.fully_connected - 1) for at in (3 * layer, 3 * layer + 1)]
        self.fc_layers = nn.ModuleDict(zip(places, hidden, strict=True))
        self.fc_layers[str(3 * (size.fully_connected - 1))] = nn.Linear(joined, 1)

    def forward(self, batch: Batch) -> Tensor:
        embedded = [self.id_embedding(batch.ids)] if hasattr(self, "id_embedding") else []
        nodes, layers = torch.cat([*embedded, batch.features], dim=1), []
        for layer in self.convs:
            nodes = layer(nodes, batch.edges).relu()
            layers.append(nodes)
        pooled = pyg().global_mean_pool(self.jk(layers), batch.graph)
        for part in self.fc_layers.values():
            pooled = part(pooled)
        return pooled[:, 0]


@torch.no_grad()
def classifier_beside_pyg(architecture: str, role: Any) -> float:
    """Return how far logits of the published classifier are from those of one made of torch_geometric's parts."""
    size = sizes(architecture, "paper", role).classifier
    ours = classifier(35, size).eval()
    theirs = ByPyg(35, size).eval()
    theirs.load_state_dict(ours.state_dict())
    batch = Batch.of(graphs(20, 35))
    return float((ours(batch) - theirs(batch)).abs().max())


@torch.no_grad()
def alone_and_among_others() -> tuple[float, float]:
    """Return how far what networks say of graphs one by one is from what they say of all at once."""
    found = graphs(9)
    classifies = classifier(7, ClassifierSize(3, 2, 2, "lstm", edge_features=True)).eval()
    reconstructs = autoencoder(7, SMALL).eval()

    def anomalies(batch: Batch) -> Tensor:
        return vgae.anomaly(vgae.errors(reconstructs(batch), batch))

    apart = []
    for said in (classifies, anomalies):
        each = torch.cat([said(Batch.of(found.take([at]))) for at in range(9)])
        apart.append(float((each - said(Batch.of(found))).abs().max()))
    return apart[0], apart[1]


@torch.no_grad()
def told_in_loops() -> tuple[bool, float, float]:
    """Return whether what follows nodes is as a loop over edges has it, and how far anomalies, and the loss, are from
    those of loops over graphs and nodes."""
    batch, made = Batch.of(graphs(9)), autoencoder(7, SMALL).eval()
    said = made(batch)
    follow = torch.zeros(len(batch.ids), 7)
    for source, target in batch.edges.t().tolist():
        follow[source, batch.ids[target]] = 1
    worst = [[0.0, 0.0, 0.0] for _ in range(9)]
    features = entropy = follows = 0.0
    for node, graph in enumerate(batch.graph.tolist()):
        error = float((said.features[node] - batch.features[node]).square().mean())
        misses = float(functional.binary_cross_entropy(said.following[node].sigmoid(), follow[node]))
        wrong = float(said.ids[node].argmax() != batch.ids[node])
        worst[graph] = [max(pair) for pair in zip(worst[graph], (error, misses, wrong), strict=True)]
        features, follows = features + error, follows + misses
        entropy -= float(said.ids[node].log_softmax(0)[batch.ids[node]])
    expected = [1 / (1 + math.exp(1.5 - 3 * (0.4 * a + 0.35 * b + 0.25 * c))) for a, b, c in worst]
    found = vgae.anomaly(vgae.errors(said, batch))
    normal = torch.distributions.Normal(0.0, 1.0)
    own = torch.distributions.Normal(said.mean, (said.log_variance / 2).exp())
    divergence = float(torch.distributions.kl_divergence(own, normal).mean())
    loss = (features + entropy + follows) / len(batch.ids) + 0.3 * divergence
    return (
        torch.equal(vgae.following(batch, 7), follow),
        float((found - torch.tensor(expected)).abs().max()),
        abs(float(vgae.loss(said, batch, 0.3)) - loss),
    )


def of_a_single_node() -> list[bool]:
    """Return whether losses of a graph of one node are numbers, in training and in evaluation."""
    batch, made = Batch.of(graphs(40).take([5])), autoencoder(7, SMALL)
    assert len(batch.ids) == 1
    return [bool(vgae.loss(each(batch), batch, 0.1).isfinite()) for each in (made.train(), made.eval())]


def drawn_between() -> tuple[bool, bool, bool]:
    """Return whether an autoencoder in training says the same with the same draws, something else with others, and in
    evaluation always the same."""
    batch, made = Batch.of(graphs(9)), autoencoder(7, AutoencoderSize(6, 5, 2, 2, dropout=0.0))

    def said(seed: int) -> Tensor:
        features: Tensor = made(batch, torch.Generator().manual_seed(seed)).features
        return features

    trained = torch.equal(said(1), said(1)), torch.equal(said(1), said(2))
    made.eval()
    return *trained, torch.equal(said(1), said(2))


def drawn(seed: int) -> tuple[bool, bool, bool]:
    """Return whether the same seed gives the same weights, another one others, and other draws are left alone."""
    torch.manual_seed(7)
    expected = torch.randn(3)
    torch.manual_seed(7)
    one, same, other = (
        [*autoencoder(7, SMALL, each).parameters(), *classifier(7, ClassifierSize(3, 2, 2), each).parameters()]
        for each in (seed, seed, seed + 1)
    )
    alone = torch.equal(torch.randn(3), expected)
    return all(map(torch.equal, one, same)), all(map(torch.equal, one, other)), alone


def dropped(share: float) -> tuple[float, float, bool, bool]:
    """Return the share of zeros, the mean of what were ones, whether gradients are scaled as values are, and whether
    nothing is dropped in evaluation."""
    layer, ones = Dropout(share), torch.ones(1001, 999, requires_grad=True)
    torch.manual_seed(0)
    left = layer(ones)
    left.sum().backward()
    assert ones.grad is not None
    zeros = float((left == 0).float().mean())
    return zeros, float(left.detach().mean()), torch.equal(ones.grad, left.detach()), layer.eval()(ones) is ones


def as_published(file: Path) -> None:
    """Save a network as KD-GAT's students are saved."""
    weights = GATWithJK(1, STUDENT).state_dict()
    torch.save({name.replace("fc_layers.0.", "lin."): value for name, value in weights.items()}, file)


def loaded(file: Path) -> tuple[bool, bool]:
    """Return whether a network has taken all weights of a file, and says something of graphs."""
    made = published_student(file)
    own, content = made.state_dict(), torch.load(file, weights_only=True)
    names = {name: name.replace("lin.", "fc_layers.0.") if name.startswith("lin.") else name for name in content}
    same = all(torch.equal(own[names[name]], value) for name, value in content.items())
    with torch.no_grad():
        return same and len(own) == len(content), bool(made(Batch.of(graphs(3))).isfinite().all())


def refused(folder: Path) -> dict[str, str]:
    """Return what is said of files that hold no student."""
    found = {}
    for name, content in {"another network": {"lin.weight": torch.zeros(2)}, "a list": [1], "an object": Path}.items():
        file = folder / "file.pth"
        torch.save(content, file)
        found[name] = _said(file)
    file.write_bytes(b"text")
    found["text"] = _said(file)
    found["nothing"] = _said(folder / "none.pth")
    return found


def _said(file: Path) -> str:
    try:
        published_student(file)
    except CanError as error:
        return str(error)
    return ""
