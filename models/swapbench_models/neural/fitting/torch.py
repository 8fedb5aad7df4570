"""Training in torch as a text asks for it."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # torch's own name for it

from swapbench_models.neural.fitting.plan import CROSS_ENTROPIES, NEAREST, Plan, require_numbers
from swapbench_models.neural.fitting.torch_optimizer import Optimizer
from swapbench_models.training import loop
from swapbench_models.training.progress import Progress

# The loss at each place of each example, from outputs and labels.
Losses = Callable[[Tensor, Tensor], Tensor]


def fit(module: nn.Module, plan: Plan, X: NDArray[Any], y: NDArray[Any]) -> Progress:
    """Train a module on (n, ...) inputs and their labels, where it is, and say how it went."""
    device = next(module.parameters()).device
    inputs, labels = torch.tensor(X, device=device), torch.tensor(y, device=device)
    trained, kept = plan.split(len(X))
    losses, steps = losses_of(plan), plan.steps_per_epoch(len(trained))
    is_mean = plan.loss.arguments["reduction"] == "mean"

    def batches(epoch: int, _: torch.Generator) -> Iterator[Tensor]:
        return (torch.from_numpy(trained[batch]).to(device) for batch in plan.epoch(len(trained), epoch))

    def loss(chosen: Tensor, _: torch.Generator) -> Tensor:
        found = losses(module(inputs[chosen]), labels[chosen])
        lost = reduced(plan, found)
        # Where steps are to go down the sum, what is told of a batch is its mean all the same.
        return lost if is_mean else lost - lost.detach() + found.detach().mean()

    training = loop.Training(
        module,
        Optimizer(plan.optimizer, [parameter for parameter in module.parameters() if parameter.requires_grad]),
        loss,
        batches,
        check=(lambda: _kept_loss(module, plan, losses, inputs[kept], labels[kept])) if len(kept) else None,
        rate=lambda step, _: plan.rate(step, steps),
    )
    return require_numbers(loop.train(training, plan.common))


@torch.inference_mode()
def _kept_loss(module: nn.Module, plan: Plan, losses: Losses, X: Tensor, y: Tensor) -> float:
    """Return the loss on what was kept for validation."""
    module.eval()
    found = [
        losses(module(X[first : first + plan.batch_size]), y[first : first + plan.batch_size])
        for first in range(0, len(X), plan.batch_size)
    ]
    return torch.cat(found).mean().item()


def reduced(plan: Plan, losses: Tensor) -> Tensor:
    """Return the one number of many losses that training makes less."""
    return losses.sum() if plan.loss.arguments["reduction"] == "sum" else losses.mean()


def losses_of(plan: Plan) -> Losses:
    """Return the losses of a network's outputs, wherever they leave it: (n, ..., size), and (n, ...) labels."""
    given, name = plan.loss.arguments, plan.loss.name
    smoothing = given.get("label_smoothing", 0.0)
    if name in CROSS_ENTROPIES:
        # Several sigmoids are shares of their sum, as softmax makes them of their logarithms.
        logits = F.logsigmoid if plan.head == "sigmoid" else nn.Identity()
        return lambda outputs, y: F.cross_entropy(
            logits(outputs).movedim(-1, 1), y.to(outputs.device), label_smoothing=smoothing, reduction="none"
        )
    if name == "binary_cross_entropy":
        return lambda outputs, y: _binary(plan, outputs, _target(outputs, y) * (1 - smoothing) + smoothing / 2)
    measures: dict[str, Callable[..., Tensor]] = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}
    more = {"delta": given["delta"]} if name == "huber" else {}
    return lambda outputs, y: measures[name](
        _probable(plan, outputs), _target(outputs, y), reduction="none", **more
    ).mean(-1)


def _binary(plan: Plan, outputs: Tensor, target: Tensor) -> Tensor:
    if plan.head == "sigmoid":
        return F.binary_cross_entropy_with_logits(outputs, target, reduction="none").mean(-1)
    probable = _probable(plan, outputs).clamp(NEAREST, 1 - NEAREST)
    return F.binary_cross_entropy(probable, target, reduction="none").mean(-1)


def _probable(plan: Plan, outputs: Tensor) -> Tensor:
    if plan.head == "softmax":
        return outputs.softmax(-1)
    return outputs.sigmoid() if plan.head == "sigmoid" else outputs


def _target(outputs: Tensor, y: Tensor) -> Tensor:
    """Return labels as what outputs should be: whole numbers as the places of ones where there are several outputs."""
    if outputs.shape[-1] == 1:
        return y.reshape(outputs.shape).to(outputs)
    return F.one_hot(y, outputs.shape[-1]).to(outputs)
