"""The networks in torch, written by hand. Importing this module computes nothing."""

import math
from functools import partial

import torch
from torch import Tensor, nn

from swapbench_models.neural.backends.torch import TorchNetwork
from swapbench_models.neural.classifier import Classifier


class ChannelsFirst(nn.Module):
    """Pictures (n, height, width, channels) as torch's convolutions want them; a view, nothing is copied."""

    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 3, 1, 2)


class FlattenChannelsLast(nn.Module):
    """Flattens in Keras order, so that the kernel that follows means the same there and here."""

    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 2, 3, 1).flatten(1)


def mlp() -> nn.Module:
    """Return one hidden layer of 128 on a picture's 784 values."""
    return nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Dropout(0.2), nn.Linear(128, 10))


def convolutional() -> nn.Module:
    """Return two convolutions, each with pooling, and two dense layers."""
    return nn.Sequential(
        ChannelsFirst(),
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        FlattenChannelsLast(),
        nn.Linear(1600, 128),
        nn.ReLU(),
        nn.Dropout(0.5),
        nn.Linear(128, 10),
    )


def deep() -> nn.Module:
    """Return three hidden layers of 512, 256 and 128."""
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in ((784, 512), (512, 256), (256, 128)):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(), nn.Dropout(0.3)]
    return nn.Sequential(*layers, nn.Linear(128, 10))


class Encoder(nn.Module):
    """A picture's lines as words: one encoder of four heads, the mean over the lines, ten logits."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.Linear(28, 32)
        self.attention = nn.MultiheadAttention(32, 4, dropout=0.1, batch_first=True)
        self.attended = nn.LayerNorm(32, eps=1e-6)
        self.inner, self.outer = nn.Linear(32, 64), nn.Linear(64, 32)
        self.fed = nn.LayerNorm(32, eps=1e-6)
        self.classes = nn.Linear(32, 10)
        self.drop = nn.Dropout(0.1)
        self.register_buffer("places", places(28, 32), persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        words = self.words(images.flatten(2)) + self.places
        attention, _ = self.attention(words, words, words, need_weights=False)
        words = self.attended(words + self.drop(attention))
        words = self.fed(words + self.drop(self.outer(self.inner(words).relu())))
        logits: Tensor = self.classes(self.drop(words.mean(1)))
        return logits


def places(steps: int, features: int) -> Tensor:
    """Return the sines and cosines that tell each step its place (Vaswani et al., 2017)."""
    rates = torch.exp(torch.arange(0, features, 2) * (-math.log(10_000) / features))
    angles = torch.arange(steps)[:, None] * rates
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten(1)


class Recurrent(nn.Module):
    """A picture's lines one after another through an LSTM; ten logits from its last state."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = nn.LSTM(28, 64, batch_first=True)
        # torch adds a second bias to the first; trained too, the two would move at twice the rate.
        nn.init.zeros_(self.lines.get_parameter("bias_hh_l0")).requires_grad_(False)
        self.drop = nn.Dropout(0.2)
        self.classes = nn.Linear(64, 10)

    def forward(self, images: Tensor) -> Tensor:
        states, _ = self.lines(images.flatten(2))
        logits: Tensor = self.classes(self.drop(states[:, -1]))
        return logits


simple_mlp = partial(Classifier, TorchNetwork, mlp, "simple_mlp")
cnn = partial(Classifier, TorchNetwork, convolutional, "cnn")
deep_mlp = partial(Classifier, TorchNetwork, deep, "deep_mlp")
transformer = partial(Classifier, TorchNetwork, Encoder, "transformer")
recurrent = partial(Classifier, TorchNetwork, Recurrent, "recurrent")
