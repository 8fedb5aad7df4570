"""The naive network: every frame is looked at by itself, and what is made of them is averaged."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from swapbench_models.training.seeding import seeded
from swapbench_models.video.networks.clips import as_frames, checked, inside_out

Widths = tuple[int, int, int, int]

# Channels of the three convolutions, and units of the layer before the head.
WIDTHS: Mapping[str, Widths] = {"quick": (8, 16, 32, 16), "standard": (32, 64, 128, 64), "paper": (32, 64, 128, 64)}


class NaiveCNN(nn.Module):
    """Clips (N, 3, T, H, W) in, logits (N, classes) out: the mean of those of its own T frames."""

    def __init__(self, widths: Widths, num_classes: int) -> None:
        super().__init__()
        *channels, units = widths
        self.convolutions = nn.Sequential(*map(_convolution, (3, *channels[:-1]), channels))
        self.head = nn.Sequential(nn.Linear(channels[-1], units), nn.ReLU(), nn.Linear(units, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        clips = inside_out(checked(x))
        features = self.convolutions(as_frames(clips)).mean(dim=(2, 3))
        logits: Tensor = self.head(features)
        return torch.unflatten(logits, 0, (len(clips), -1)).mean(dim=1)


def create(*, num_classes: int, profile: str, seed: int) -> NaiveCNN:
    """Return the network of a profile, with weights drawn from the seed."""
    with seeded(seed):
        return NaiveCNN(WIDTHS[profile], num_classes)


def _convolution(inputs: int, outputs: int) -> nn.Sequential:
    """Return a layer that halves the picture."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, 2, 1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
