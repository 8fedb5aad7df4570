"""Sight: a network, the part of it that is taught, and what this part is given of clips."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from swapbench_models.video.create import create
from swapbench_models.video.data.kept import Kept
from swapbench_models.video.data.loader import Loader
from swapbench_models.video.networks.pretrained import load_pretrained
from swapbench_models.video.networks.vit import FramesInTime
from swapbench_models.video.reading.content import digest

# Of clips by path, as they are or in the augmentation of a number.
Inputs = Callable[[Sequence[str], int | None], Tensor]
_MOST_BYTES = 4 << 30


@dataclass(frozen=True)
class Sight:
    """A whole network, and the module of it that makes logits of inputs."""

    network: nn.Module
    module: nn.Module
    inputs: Inputs


def sight(
    name: str, outputs: int, profile: str, seed: int, loader: Loader, pretrained: str | None, frozen: bool
) -> Sight:
    """Return a network with weights drawn from the seed, or as they are published.

    Of one that is frozen, the head is taught, and what the backbone makes of clips is kept beside their frames.
    """
    network = create(name, num_classes=outputs, profile=profile, seed=seed)
    if pretrained is not None:
        load_pretrained(network, pretrained)
    return seen(network, loader, frozen)


def seen(network: nn.Module, loader: Loader, frozen: bool) -> Sight:
    """Return the sight of a network, frozen or not, whose weights are what they will be when it is asked."""
    if not frozen:
        return Sight(network, network, lambda paths, number: torch.from_numpy(loader.batch(paths, number)))
    whole = cast(FramesInTime, network)
    whole.freeze()
    return Sight(whole, whole.head, Backbone(whole, loader))


class Backbone:
    """What a frozen backbone makes of clips, (N, T, width), made once of each for all epochs, folds and processes."""

    def __init__(self, network: FramesInTime, loader: Loader) -> None:
        self._network, self._loader = network, loader
        self._kept = Kept(loader.folder.parent / "backbone", _MOST_BYTES)
        self._weights = ""

    @torch.no_grad()  # and not inference_mode, for a head learns of what is returned
    def __call__(self, paths: Sequence[str], number: int | None) -> Tensor:
        self._network.backbone.eval()
        return torch.stack([self._of(path, number) for path in paths])

    def _of(self, path: str, number: int | None) -> Tensor:
        def made() -> NDArray[np.float32]:
            return self._network.features(torch.from_numpy(self._loader.batch([path], number)))[0].numpy()

        return torch.from_numpy(self._kept.get(self._name(path, number), made))

    def _name(self, path: str, number: int | None) -> str:
        """Return a name of all that the features of a clip stand on."""
        self._weights = self._weights or _digest(self._network.backbone)
        frames = self._loader.pixels(path, number)
        stands_on = f"{self._weights} {self._loader.mean} {self._loader.std} {frames.shape}".encode()
        return hashlib.sha256(stands_on + frames.tobytes()).hexdigest()


def _digest(module: nn.Module) -> str:
    found = hashlib.sha256()
    for name, value in module.state_dict().items():
        found.update(name.encode() + value.contiguous().numpy().tobytes())
    return found.hexdigest()


def published(path: str | None) -> str | None:
    """Return the digest of a file of published weights; raises VideoError where it cannot be read."""
    return None if path is None else digest(Path(path))
