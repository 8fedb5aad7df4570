"""The networks in torch, on a CUDA device where there is one. Importing this module computes nothing."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import torch
import torch._dynamo  # the first optimizer imports it, which would take 0.7 s out of the first fit
from numpy.typing import NDArray
from torch import Tensor, nn

from swapbench_models.neural.architecture import (
    ARCHITECTURES,
    Architecture,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
    Shape,
)
from swapbench_models.neural.batches import Indices
from swapbench_models.neural.classifier import BETAS, EPSILON, Classifier, Images, Labels
from swapbench_models.neural.weights import Weights

# The axes of a Keras array in torch's order, and back, by number of dimensions.
_TO_TORCH = {1: (0,), 2: (1, 0), 4: (3, 2, 0, 1)}
_TO_KERAS = {1: (0,), 2: (1, 0), 4: (2, 3, 1, 0)}


class ChannelsFirst(nn.Module):
    """Pictures (n, height, width, channels) as torch's convolutions want them; a view, nothing is copied."""

    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 3, 1, 2)


class FlattenChannelsLast(nn.Module):
    """Flattens in Keras order, so that the kernel that follows means the same there and here."""

    def forward(self, images: Tensor) -> Tensor:
        return images.permute(0, 2, 3, 1).flatten(1)


class TorchNetwork:
    """An architecture as a torch module."""

    def __init__(self, architecture: Architecture) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        with torch.device("meta"):  # weights without memory or values, since they are set at once
            parts = [part for layer, shape in architecture.steps() for part in _modules(layer, shape)]
        self.module = nn.Sequential(ChannelsFirst(), *parts).to_empty(device=self.device).eval()

    def get_weights(self) -> Weights:
        arrays = [parameter.detach().cpu().numpy() for parameter in self.module.parameters()]
        return [array.transpose(_TO_KERAS[array.ndim]).copy() for array in arrays]

    @torch.no_grad()
    def set_weights(self, weights: Weights) -> None:
        for parameter, array in zip(self.module.parameters(), weights, strict=True):
            parameter.copy_(torch.tensor(array.transpose(_TO_TORCH[array.ndim])))

    def train(self, X: Images, y: Labels, order: Iterable[Indices], learning_rate: float, seed: int) -> None:
        images, labels = torch.tensor(X, device=self.device), torch.tensor(y, device=self.device)
        parameters = self.module.parameters()
        optimizer = torch.optim.Adam(parameters, lr=learning_rate, betas=BETAS, eps=EPSILON, fused=True)
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):  # dropout draws from the global generator, which is not ours to move
            torch.manual_seed(seed)
            self.module.train()
            for batch in order:
                chosen = torch.from_numpy(batch).to(self.device)
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(self.module(images[chosen]), labels[chosen])
                loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
                optimizer.step()
            self.module.eval()

    @torch.inference_mode()
    def logits(self, X: Images) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = self.module(torch.tensor(X, device=self.device)).cpu().numpy()
        return logits


def _modules(layer: Layer, shape: Shape) -> Iterator[nn.Module]:
    """Yield the modules of one layer for an input of `shape`."""
    match layer:
        case Flatten():
            yield FlattenChannelsLast()
        case Dense(units, relu):
            yield nn.Linear(shape[0], units)
            if relu:
                yield nn.ReLU()
        case Conv(filters, kernel):
            yield nn.Conv2d(shape[-1], filters, kernel)
            yield nn.ReLU()
        case MaxPool(size):
            yield nn.MaxPool2d(size)
        case Dropout(rate):
            yield nn.Dropout(rate)


simple_mlp = partial(Classifier, TorchNetwork, ARCHITECTURES["simple_mlp"])
cnn = partial(Classifier, TorchNetwork, ARCHITECTURES["cnn"])
deep_mlp = partial(Classifier, TorchNetwork, ARCHITECTURES["deep_mlp"])
