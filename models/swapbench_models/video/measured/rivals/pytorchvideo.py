"""PyTorchVideo's own networks, with weights that leave none of their layers out, and how they take clips."""

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn

from swapbench_models.training.seeding import seeded
from swapbench_models.video.torchvision import ready

_FACTORIES = {"slowfast": "slowfast_r50", "x3d": "x3d_m"}
_ALPHA = 4


def network(folder: Path, name: str, seed: int = 0) -> nn.Module:
    """Return its SlowFast-R50 or X3D-M, before a softmax, with the packages of a folder and weights of a seed.

    As they are made, the last normalization of every residual block takes the block out: all normalizations are drawn
    anew, and know what a clip is like.
    """
    ready()
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    hub = importlib.import_module("pytorchvideo.models.hub")
    with seeded(seed):
        return _made(name, getattr(hub, _FACTORIES[name])())


def caller(name: str, made: nn.Module) -> Callable[[Tensor], Tensor]:
    """Return what calls its network with a clip (N, 3, T, H, W): SlowFast takes each pathway's, in a list."""
    if name == "slowfast":
        return lambda x: cast(Tensor, made([x[:, :, ::_ALPHA], x]))
    return lambda x: cast(Tensor, made(x))


def _made(name: str, made: nn.Module) -> nn.Module:
    """Return a network with normalizations that are drawn."""
    if name == "x3d":
        cast(Any, made).blocks[5].activation = None
    for place, module in made.named_modules():
        if isinstance(module, nn.BatchNorm3d):
            nn.init.uniform_(module.weight, *((0.0, 0.5) if place.endswith("norm_c") else (0.5, 1.5)))
            nn.init.normal_(module.bias, std=0.1)
            module.momentum = 1.0
    with torch.no_grad():
        caller(name, made.train())(torch.randn(1, 3, 32 if name == "slowfast" else 16, 224, 224))
    return made.eval()
