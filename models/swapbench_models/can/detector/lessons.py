"""Lessons: what an autoencoder and a classifier are to learn, as losses of parts of the graphs."""

from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from swapbench_models.can.detector.distillation import Guidance, distillation_losses
from swapbench_models.can.detector.part import Part
from swapbench_models.can.detector.settings import Settings
from swapbench_models.can.networks import vgae
from swapbench_models.can.networks.gat import GATWithJK
from swapbench_models.can.networks.vgae import GraphAutoencoderNeighborhood


class Lesson(Protocol):
    """What is taught: `module` has all that is trained, and a batch weighs as much as what its loss is a mean of."""

    module: nn.Module

    def loss(self, part: Part, generator: torch.Generator | None) -> Tensor: ...

    def weight(self, part: Part) -> float: ...


class Reconstructing:
    """An autoencoder learns to reconstruct graphs and, where it is guided, to say of nodes what the teacher's says."""

    def __init__(
        self, network: GraphAutoencoderNeighborhood, settings: Settings, guidance: Guidance | None = None
    ) -> None:
        self._network, self._settings, self._guidance = network, settings, guidance
        own, asked = network.size.latent, network.size.latent if guidance is None else guidance.means.shape[1]
        self._projection = nn.Identity() if own == asked else nn.Linear(own, asked)
        self.module: nn.Module = nn.ModuleDict({"network": network, "projection": self._projection})

    def loss(self, part: Part, generator: torch.Generator | None) -> Tensor:
        said = self._network(part.batch, generator)
        task = vgae.loss(said, part.batch, self._settings.beta)
        if self._guidance is None:
            return task
        alpha = self._settings.alpha
        apart = functional.mse_loss(self._projection(said.mean), self._guidance.means[part.nodes])
        return (1 - alpha) * task + alpha * apart

    def weight(self, part: Part) -> float:
        return len(part.nodes)


class Classifying:
    """A classifier learns labels (G,) and, where it is guided, what the teacher's says; where classes are balanced, an
    example weighs as much as `weights` (G,) say."""

    def __init__(
        self,
        network: GATWithJK,
        settings: Settings,
        labels: Tensor,
        weights: Tensor,
        guidance: Guidance | None = None,
    ) -> None:
        self.module: nn.Module = network
        self._settings, self._labels, self._weights, self._guidance = settings, labels, weights, guidance

    def loss(self, part: Part, generator: torch.Generator | None) -> Tensor:
        chosen, weights, logits = self._settings, self._weights[part.places], self.module(part.batch)
        gamma = chosen.gamma if chosen.loss == "focal" else 0.0
        each = task_losses(logits, self._labels[part.places], gamma)
        if self._guidance is not None:
            said = self._guidance.logits[part.places]
            taught = distillation_losses(logits, said, chosen.temperature)
            each = chosen.alpha * taught + (1 - chosen.alpha) * each
        return (each * weights).sum() / weights.sum()

    def weight(self, part: Part) -> float:
        return float(self._weights[part.places].sum())


def task_losses(logits: Tensor, labels: Tensor, gamma: float = 0.0) -> Tensor:
    """Return the cross-entropy (n,) of each label 0 or 1, in nats, times (1 - its probability) to the power of gamma
    (Lin and others, "Focal loss for dense object detection", 2017)."""
    each = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
    return each * (1 - (-each).exp()) ** gamma if gamma else each


def balanced(labels: Tensor) -> Tensor:
    """Return what each label 0 or 1 (n,) weighs, so that both classes weigh the same and examples one on average."""
    counts = torch.bincount(labels, minlength=2)
    return (len(labels) / (2 * counts))[labels]
