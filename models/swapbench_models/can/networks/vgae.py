"""The autoencoder: a variational graph autoencoder, which learns what the graphs of normal windows are like."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.can.networks.attention import GraphAttention
from swapbench_models.can.networks.batch import Batch
from swapbench_models.can.networks.dropout import Dropout
from swapbench_models.can.networks.gat import FEATURES
from swapbench_models.can.networks.sizes import AutoencoderSize


@dataclass(frozen=True)
class Reconstruction:
    """What an autoencoder says of N nodes: `features` (N, 10) from 0 to 1, logits of which identifier a node is and of
    which follow it (N, identifiers), and mean and logarithm of the variance of what lies between (N, latent)."""

    features: Tensor
    ids: Tensor
    following: Tensor
    mean: Tensor
    log_variance: Tensor


class GraphAutoencoderNeighborhood(nn.Module):
    """Batches in, reconstructions out.

    From what lies between, drawn from a distribution of each node while it is trained and else the mean of it, the
    features of nodes are reconstructed through the edges, and of each node by itself which identifier it is and which
    follow it. The network of DQN-Fusion (Frenken and others, arXiv 2508.04845), by its names for weights, after Kipf
    and Welling, "Variational graph auto-encoders", 2016.
    """

    def __init__(self, identifiers: int, size: AutoencoderSize) -> None:
        super().__init__()
        self.size = size
        self.id_embedding = nn.Embedding(identifiers, size.embedding)
        self.dropout = Dropout(size.dropout)
        heads = [size.heads] + [1] * (size.layers - 1)
        widths = [FEATURES + size.embedding, *(size.hidden * each for each in heads)]
        self.encoder_layers = nn.ModuleList(
            GraphAttention(width, size.hidden, each) for width, each in zip(widths, heads, strict=False)
        )
        self.encoder_bns = nn.ModuleList(nn.BatchNorm1d(width) for width in widths[1:])
        self.z_mean = nn.Linear(widths[-1], size.latent)
        self.z_logvar = nn.Linear(widths[-1], size.latent)
        wide = [size.hidden * size.heads] * (size.layers - 1)
        self.decoder_layers = nn.ModuleList(
            GraphAttention(width, size.hidden, size.heads) for width in [size.latent, *wide][:-1]
        )
        self.decoder_layers.append(GraphAttention([size.latent, *wide][-1], FEATURES))
        self.decoder_bns = nn.ModuleList(nn.BatchNorm1d(width) for width in wide)
        self.canid_classifier = nn.Linear(size.latent, identifiers)
        self.neighborhood_decoder = nn.Sequential(
            *(nn.Linear(size.latent, size.hidden), nn.ReLU(), Dropout(size.dropout)),
            *(nn.Linear(size.hidden, size.hidden), nn.ReLU(), Dropout(size.dropout)),
            nn.Linear(size.hidden, identifiers),
        )

    def forward(self, batch: Batch, generator: torch.Generator | None = None) -> Reconstruction:
        """Return the reconstruction; while it is trained, what lies between is drawn from the generator."""
        mean, log_variance = self.encode(batch)
        between = mean
        if self.training:
            noise = torch.randn(mean.shape, generator=generator, dtype=mean.dtype).to(mean.device)
            between = mean + noise * (log_variance / 2).exp()
        features = self._decoded(between, batch)
        return Reconstruction(
            features, self.canid_classifier(between), self.neighborhood_decoder(between), mean, log_variance
        )

    def encode(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return mean and logarithm of the variance (N, latent) of what lies between."""
        nodes = torch.cat([self.id_embedding(batch.ids), batch.features], dim=1)
        for layer, norm in zip(self.encoder_layers, self.encoder_bns, strict=True):
            nodes = self.dropout(_normed(layer(nodes, batch.neighbours), norm).relu())
        return self.z_mean(nodes), self.z_logvar(nodes)

    def _decoded(self, nodes: Tensor, batch: Batch) -> Tensor:
        for layer, norm in zip(self.decoder_layers, self.decoder_bns, strict=False):
            nodes = self.dropout(_normed(layer(nodes, batch.neighbours), norm).relu())
        features: Tensor = self.decoder_layers[-1](nodes, batch.neighbours)
        return features.sigmoid()


def _normed(nodes: Tensor, norm: nn.Module) -> Tensor:
    """Return normalized nodes (N, width); a single one, which has no spread, by what is known of others."""
    if len(nodes) > 1 or not norm.training or not isinstance(norm, nn.BatchNorm1d):
        normed: Tensor = norm(nodes)
        return normed
    return functional.batch_norm(nodes, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)


def following(batch: Batch, identifiers: int) -> Tensor:
    """Return 1 for each identifier that follows a node (N, identifiers), by an edge of the batch, and 0 for others."""
    found = batch.features.new_zeros(len(batch.ids), identifiers)
    found[batch.edges[0], batch.ids[batch.edges[1]]] = 1
    return found


def loss(said: Reconstruction, batch: Batch, beta: float) -> Tensor:
    """Return the mean loss of nodes: the squared error of features, the cross-entropies of what identifier each is and
    of which follow it, and beta times the divergence of what lies between from a normal distribution."""
    divergence = -(1 + said.log_variance - said.mean.square() - said.log_variance.exp()).mean() / 2
    follow = functional.binary_cross_entropy_with_logits(said.following, following(batch, said.following.shape[1]))
    features = functional.mse_loss(said.features, batch.features)
    return features + functional.cross_entropy(said.ids, batch.ids) + follow + beta * divergence


def errors(said: Reconstruction, batch: Batch) -> Tensor:
    """Return the greatest of each error among a graph's nodes (G, 3): of features, of what follows, and 1 where a node
    is taken for another identifier."""
    truth = following(batch, said.following.shape[1])
    follow = functional.binary_cross_entropy_with_logits(said.following, truth, reduction="none").mean(dim=1)
    mistaken = (said.ids.argmax(dim=1) != batch.ids).to(follow.dtype)
    features = (said.features - batch.features).square().mean(dim=1)
    return batch.maxima(torch.stack([features, follow, mistaken], dim=1))


def anomaly(found: Tensor) -> Tensor:
    """Return how far from normal graphs are (G,), from 0 to 1, by their errors (G, 3), as DQN-Fusion weighs them."""
    return (3 * (found @ found.new_tensor([0.4, 0.35, 0.25])) - 1.5).sigmoid()
