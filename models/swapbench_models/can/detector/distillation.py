"""Distillation: a student learns what its teacher says of a window, beside what is true of it."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from swapbench_models.can.detector.part import parts
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.vgae import GraphAutoencoderNeighborhood

_MOST = 256  # graphs at a time


@dataclass(frozen=True)
class Guidance:
    """What a teacher says of all graphs: logits (G,), and of their nodes the means (N, latent) that lie between the
    halves of its autoencoder. It is asked once, for it says the same in every epoch."""

    logits: Tensor
    means: Tensor

    @property
    def arrays(self) -> tuple[NDArray[np.float32], ...]:
        return self.logits.numpy(), self.means.numpy()


@torch.no_grad()
def guidance(autoencoder: GraphAutoencoderNeighborhood, classifier: GATWithJK, graphs: Graphs) -> Guidance:
    """Return what a teacher's networks, in the mode to predict, say of graphs."""
    said = [(classifier(part.batch), autoencoder.encode(part.batch)[0]) for part in parts(graphs, _MOST)]
    return Guidance(torch.cat([logits for logits, _ in said]), torch.cat([means for _, means in said]))


def distillation_losses(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Return how far a student's logits (n,) are from its teacher's: the divergence, in nats, of the chances of an
    attack of which they speak at a temperature, times the square of it (Hinton and others, "Distilling the knowledge in
    a neural network", 2015).

    A network with one logit speaks of two outcomes, attack and none. Where its distribution is taken to be the softmax
    over that single logit, which is always 1, the divergence is 0 whatever student and teacher say.
    """
    said = teacher / temperature
    chances = said.sigmoid()
    divergence = functional.binary_cross_entropy_with_logits(
        student / temperature, chances, reduction="none"
    ) - functional.binary_cross_entropy_with_logits(said, chances, reduction="none")
    return temperature**2 * divergence
