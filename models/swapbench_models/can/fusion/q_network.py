"""The network that says of a state what each action is worth."""

from functools import reduce

import numpy as np
import torch
from torch import Tensor, nn

from swapbench_models.can.fusion.actions import ALPHAS, Numbers
from swapbench_models.can.fusion.state import SIZE

_LAYERS, _DROPPED = 3, 0.2
_AT_ONCE = 8192


class QNetwork(nn.Module):
    """Three times a linear layer, LayerNorm, ReLU and dropout, `hidden` wide; states (n, 4) to values (n, 21)."""

    def __init__(self, hidden: int = 128) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for width in (SIZE, *[hidden] * (_LAYERS - 1)):
            layers += [nn.Linear(width, hidden), nn.LayerNorm(hidden), nn.ReLU(), nn.Dropout(_DROPPED)]
        self.layers = nn.Sequential(*layers, nn.Linear(hidden, len(ALPHAS)))

    def forward(self, states: Tensor) -> Tensor:
        values: Tensor = self.layers(states)
        return values

    @torch.no_grad()
    def settled(self, states: Tensor) -> Tensor:
        """Return the values with nothing dropped, whatever the mode, and nothing noted to learn by."""
        kept = [layer for layer in self.layers if not isinstance(layer, nn.Dropout)]
        return torch.cat(
            [reduce(lambda values, layer: layer(values), kept, part) for part in torch.split(states, _AT_ONCE)]
        )


def inputs(states: Numbers) -> Tensor:
    """Return states as a network takes them."""
    return torch.from_numpy(states.astype(np.float32))


def greedy(network: QNetwork, states: Tensor) -> Tensor:
    """Return the action (n,) that a network values most in each state."""
    return network.settled(states).argmax(dim=1)
