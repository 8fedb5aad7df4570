"""The best weights of a training that is not kept on disk."""

import math

from torch import Tensor, nn


class Best:
    """A copy of a module's weights after the epoch whose loss was the least, of equal ones the first."""

    def __init__(self, module: nn.Module) -> None:
        self._module, self._least = module, math.inf
        self._weights: dict[str, Tensor] = {}

    def look(self, loss: float) -> None:
        """Take the weights over, where this loss is less than any before."""
        if loss < self._least:
            self._least = loss
            self._weights = {name: value.detach().clone() for name, value in self._module.state_dict().items()}

    def restore(self) -> None:
        """Give the module the best weights, where there were any."""
        if self._weights:
            self._module.load_state_dict(self._weights)
