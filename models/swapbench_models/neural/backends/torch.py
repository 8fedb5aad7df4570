"""A network in torch, on a CUDA device where there is one. Importing this module computes nothing."""

from collections.abc import Iterable

import numpy as np
import torch
import torch._dynamo  # the first optimizer imports it, which would take 0.7 s out of the first fit
from numpy.typing import NDArray
from torch import Tensor, nn

from swapbench_models.neural.backends.torch_weights import get_weights, set_weights
from swapbench_models.neural.batches import Indices
from swapbench_models.neural.classifier import BETAS, EPSILON
from swapbench_models.neural.images import Images, Labels
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.weights import Weights
from swapbench_models.training import loop
from swapbench_models.training.plan import Plan


class TorchNetwork:
    """A module of torch, native or generated, that was built for a network.

    It is put on a device, or on a CUDA one where there is one; a module whose layers name devices is where it is.
    """

    def __init__(self, module: nn.Module, network: Network, device: str | None = None) -> None:
        placed = any(part.device is not None for part in network.parts)
        found = "cuda" if torch.cuda.is_available() and not placed else "cpu"
        self.device = torch.device(device or found)
        self.network, self.module = network, (module if placed else module.to(self.device)).eval()

    def get_weights(self) -> Weights:
        return get_weights(self.module, self.network)

    def set_weights(self, weights: Weights) -> None:
        set_weights(self.module, self.network, weights)

    def train(self, X: Images, y: Labels, order: Iterable[Indices], learning_rate: float, seed: int) -> None:
        images, labels = torch.tensor(X, device=self.device), torch.tensor(y, device=self.device)
        parameters = [parameter for parameter in self.module.parameters() if parameter.requires_grad]
        optimizer = torch.optim.Adam(parameters, lr=learning_rate, betas=BETAS, eps=EPSILON, fused=True)

        def loss(chosen: Tensor, _: torch.Generator) -> Tensor:
            return nn.functional.cross_entropy(self.module(images[chosen]), labels[chosen])

        # The order is that of all epochs, which to the loop are one: nothing is done between them.
        batches = (torch.from_numpy(batch).to(self.device) for batch in order)
        loop.train(loop.Training(self.module, optimizer, loss, lambda *_: batches), Plan(epochs=1, seed=seed))

    @torch.inference_mode()
    def outputs(self, *inputs: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
        """Return what leaves the network for (n, ...) inputs, nothing dropped and a head left off."""
        found = self.module(*(torch.tensor(each, device=self.device) for each in inputs))
        return tuple(each.cpu().numpy() for each in (found if isinstance(found, tuple) else (found,)))

    def logits(self, X: Images) -> NDArray[np.float32]:
        (logits,) = self.outputs(X)
        return logits
