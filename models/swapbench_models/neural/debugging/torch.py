"""A look into a network in torch: a few batches of the text's own loss, and no step of training."""

from collections.abc import Iterable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from swapbench_models.neural.backends.torch import TorchNetwork
from swapbench_models.neural.backends.torch_weights import units
from swapbench_models.neural.batches import Indices
from swapbench_models.neural.debugging.finding import ENDS, NEAR, Finding
from swapbench_models.neural.debugging.watch import Watched
from swapbench_models.neural.fitting.plan import Plan
from swapbench_models.neural.fitting.torch import losses_of, reduced


def look(
    executed: TorchNetwork,
    layers: tuple[Watched, ...],
    plan: Plan,
    X: NDArray[Any],
    y: NDArray[Any],
    batches: Iterable[Indices],
) -> tuple[list[Finding], list[float]]:
    """Return what is seen of each layer over some batches of (n, ...) inputs and their labels, and each one's loss.

    The network is one that lets out what is watched; it drops what it drops in training.
    """
    module, lost = executed.module.train(), losses_of(plan)
    seen = [_Seen(each, parameters) for each, parameters in zip(layers, _parameters(executed, layers), strict=True)]
    losses = []
    torch.manual_seed(plan.seed)
    for batch in batches:
        module.zero_grad()
        left, *values = module(torch.tensor(X[batch], device=executed.device))
        found = lost(left, torch.tensor(y[batch], device=left.device))
        reduced(plan, found).backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        losses.append(found.mean().item())
        for each, value in zip(seen, values, strict=True):
            each.add(value.detach())
    return [each.finding() for each in seen], losses


def _parameters(executed: TorchNetwork, layers: tuple[Watched, ...]) -> list[list[nn.Parameter]]:
    """Return the trained parameters of each layer."""
    found: dict[int, list[nn.Parameter]] = {each.part: [] for each in layers}
    network = executed.network
    holders = [step for step in network.steps if step.layer.weights(*network.shapes(step))]
    for step, unit in zip(holders, units(executed.module), strict=True):
        found[step.part] += [parameter for parameter in unit.parameters() if parameter.requires_grad]
    return list(found.values())


class _Seen:
    """What has been seen of one layer so far."""

    def __init__(self, layer: Watched, parameters: list[nn.Parameter]) -> None:
        self._layer, self._parameters = layer, parameters
        self._norms: list[float] = []
        self._alive: Tensor | None = None
        self._near = self._all = 0
        self._finite = True

    def add(self, value: Tensor) -> None:
        """Add a batch: the gradients that the parameters have now, and the (n, ..., units) activations."""
        gradients = [each.grad.norm() for each in self._parameters if each.grad is not None]
        self._norms.append(torch.stack(gradients).norm().item() if gradients else 0.0)
        alive = (value != 0).flatten(0, -2).any(0)
        self._alive = alive if self._alive is None else self._alive | alive
        self._finite &= bool(value.isfinite().all())
        if self._layer.activation in ENDS:
            low, high = ENDS[self._layer.activation]
            room = NEAR * (high - low)
            self._near += int(((value < low + room) | (value > high - room)).sum())
            self._all += value.numel()

    def finding(self) -> Finding:
        """Return what has been seen."""
        assert self._alive is not None  # noqa: S101  # there was a batch
        units = self._alive.numel()
        dead = units - int(self._alive.sum())
        saturated = self._near / self._all if self._all else None
        return Finding(self._layer.part, tuple(self._norms), units, dead, saturated, self._finite)
