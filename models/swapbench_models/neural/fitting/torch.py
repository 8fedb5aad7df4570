"""Training in torch as a text asks for it."""

from collections.abc import Callable
from typing import Any

import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812  # torch's own name for it

from swapbench_models.neural.fitting.plan import CROSS_ENTROPIES, History, Plan
from swapbench_models.neural.fitting.schedule import rate

Loss = Callable[[Tensor, Tensor], Tensor]


def fit(module: nn.Module, plan: Plan, X: NDArray[Any], y: NDArray[Any]) -> History:
    """Train a module on (n, ...) inputs and their labels, where it is, and return what each epoch lost."""
    device = next(module.parameters()).device
    inputs, labels = torch.tensor(X, device=device), torch.tensor(y, device=device)
    trained, kept = plan.split(len(X))
    optimizer, loss = optimizer_of(plan, module), loss_of(plan)
    history = History(plan.patience)
    torch.manual_seed(plan.seed)
    step, steps = 0, plan.steps_per_epoch(len(trained))
    while len(history.losses) < plan.epochs and not history.done():
        module.train()
        total = 0.0
        for batch in plan.epoch(len(trained), len(history.losses)):
            chosen = torch.from_numpy(trained[batch]).to(device)
            if plan.schedule is not None:
                for group in optimizer.param_groups:
                    group["lr"] = rate(plan.schedule, step, steps)
            total += _step(module, optimizer, loss, plan, inputs[chosen], labels[chosen]) * len(batch)
            step += 1
        module.eval()
        with torch.inference_mode():
            validation = _lost(module, loss, inputs[kept], labels[kept]).item() if len(kept) else None
        history.add(total / len(trained), validation)
    return history


def _step(module: nn.Module, optimizer: torch.optim.Optimizer, loss: Loss, plan: Plan, X: Tensor, y: Tensor) -> float:
    optimizer.zero_grad()
    found = _lost(module, loss, X, y)
    found.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
    clip = plan.gradient_clip or plan.optimizer.arguments["clipnorm"]
    if clip is not None:
        nn.utils.clip_grad_norm_(module.parameters(), clip)
    optimizer.step()
    return found.item()


def _lost(module: nn.Module, loss: Loss, X: Tensor, y: Tensor) -> Tensor:
    """Return the loss of inputs and labels, wherever what leaves the module is."""
    outputs = module(X)
    return loss(outputs, y.to(outputs.device))


def loss_of(plan: Plan) -> Loss:
    """Return the loss of a network's outputs, which are logits where it has a head, and labels."""
    given = plan.loss.arguments
    smoothing, reduction = given.get("label_smoothing", 0.0), given["reduction"]
    if plan.loss.name in CROSS_ENTROPIES:
        return lambda outputs, y: F.cross_entropy(
            outputs.movedim(-1, 1), y, label_smoothing=smoothing, reduction=reduction
        )
    measures: dict[str, Callable[..., Tensor]] = {"mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss}
    more = {"delta": given["delta"]} if plan.loss.name == "huber" else {}
    if plan.loss.name in measures:
        return lambda outputs, y: measures[plan.loss.name](
            _probable(plan, outputs), _target(outputs, y), reduction=reduction, **more
        )

    def binary(outputs: Tensor, y: Tensor) -> Tensor:
        target = _target(outputs, y) * (1 - smoothing) + smoothing / 2
        if plan.head == "softmax":
            return F.binary_cross_entropy(_probable(plan, outputs), target, reduction=reduction)
        return F.binary_cross_entropy_with_logits(outputs, target, reduction=reduction)

    return binary


def _probable(plan: Plan, outputs: Tensor) -> Tensor:
    if plan.head == "softmax":
        return outputs.softmax(-1)
    return outputs.sigmoid() if plan.head == "sigmoid" else outputs


def _target(outputs: Tensor, y: Tensor) -> Tensor:
    """Return labels as what outputs should be: whole numbers as the places of ones where there are several outputs."""
    if y.is_floating_point():
        return y.reshape(outputs.shape).to(outputs.dtype)
    if outputs.shape[-1] == 1:
        return y.reshape(outputs.shape).to(outputs.dtype)
    return F.one_hot(y, outputs.shape[-1]).to(outputs.dtype)


def optimizer_of(plan: Plan, module: nn.Module) -> torch.optim.Optimizer:
    """Return the optimizer that a plan names, with its arguments in torch's words."""
    given = plan.optimizer.arguments
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    common = {"lr": given["learning_rate"], "weight_decay": given["weight_decay"]}
    betas = {"betas": (given["beta_1"], given["beta_2"]), "eps": given["epsilon"]} if "beta_1" in given else {}
    optim = torch.optim
    match plan.optimizer.name:
        case "sgd":
            nesterov = given["nesterov"] and given["momentum"] > 0  # without momentum there is nothing to look ahead
            return optim.SGD(parameters, **common, momentum=given["momentum"], nesterov=nesterov)
        case "adam" | "adamw":
            # Weights decay by themselves, as in Keras, and not by way of the gradient, as torch's Adam has it.
            return optim.AdamW(parameters, **common, **betas, amsgrad=given["amsgrad"])
        case "adamax":
            return optim.Adamax(parameters, **common, **betas)
        case "nadam":
            return optim.NAdam(parameters, **common, **betas)
        case "rmsprop":
            more = {name: given[name] for name in ("momentum", "centered")}
            return optim.RMSprop(parameters, **common, alpha=given["rho"], eps=given["epsilon"], **more)
        case "adagrad":
            start = given["initial_accumulator_value"]
            return optim.Adagrad(parameters, **common, initial_accumulator_value=start, eps=given["epsilon"])
    return optim.Adadelta(parameters, **common, rho=given["rho"], eps=given["epsilon"])
