"""Forward: logits of clips by our networks and PyTorchVideo's, timed beside each other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from swapbench_models.training.seeding import seeded
from swapbench_models.video.create import create
from swapbench_models.video.measured.rivals import pytorchvideo

Clips = NDArray[np.float32]


def clips(frames: int, size: int, count: int = 1) -> tuple[Any, Any]:
    """Return clips of noise (count, 3, frames, size, size), and zeros."""
    with seeded(0):
        return torch.randn(count, 3, frames, size, size).numpy(), np.zeros(count, dtype=np.int64)


class Forward:
    """A network that has learned already, and predicts."""

    def __init__(self, call: Callable[[Tensor], Tensor]) -> None:
        self._call = call

    @torch.inference_mode()
    def predict(self, X: Clips) -> NDArray[np.float32]:
        """Return the logits (N, 400)."""
        found: NDArray[np.float32] = self._call(torch.from_numpy(X)).numpy()
        return found


def ours(network: str) -> Forward:
    """Return ours, with weights drawn anew: how long it takes does not depend on them."""
    return Forward(create(network, num_classes=400, profile="paper").eval())


def theirs(network: str, packages: Path) -> Forward:
    """Return PyTorchVideo's, of packages in the folder `model` of a folder."""
    made = pytorchvideo.network(packages / "model", network)
    return Forward(pytorchvideo.caller(network, made))
