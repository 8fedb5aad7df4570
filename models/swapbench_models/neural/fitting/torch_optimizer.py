"""Optimizers in torch, by the formulas that Keras documents, so that a text trains alike in every library.

Those of torch.optim go by other formulas: epsilon stands at another place (Adam, Adamax, RMSprop, Adagrad), weights
decay by way of the gradient (all but AdamW), what is gathered is not yet times the rate (SGD, RMSprop), and Nadam's
momentum rises 250 times as slowly. With small epsilons and steady rates they nearly agree; texts may ask for others.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from swapbench_models.neural.meaning.training import Named

Given = Mapping[str, float]
# What is gathered about one parameter, by name; zeros at first.
Kept = defaultdict[str, Tensor]


class Optimizer:
    """Moves parameters against their gradients, step by step; to be used as those of torch.optim are."""

    def __init__(self, asked: Named, parameters: Iterable[Tensor]) -> None:
        self._given, self._rule = asked.arguments, _RULES[asked.name]
        self._parameters = [(each, _kept(each)) for each in parameters]
        self._steps = 0
        rate = self._given.get("learning_rate")
        self.param_groups: list[dict[str, Any]] = [{"params": [each for each, _ in self._parameters], "lr": rate}]

    def zero_grad(self) -> None:
        """Leave no parameter with a gradient."""
        for parameter, _ in self._parameters:
            parameter.grad = None

    def state_dict(self) -> dict[str, Any]:
        """Return the number of steps, and what is gathered about each parameter."""
        return {"steps": self._steps, "kept": [dict(kept) for _, kept in self._parameters]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned."""
        self._steps = state_dict["steps"]
        for (parameter, kept), found in zip(self._parameters, state_dict["kept"], strict=True):
            kept.clear()
            kept.update({name: value.to(parameter.device) for name, value in found.items()})

    @torch.no_grad()
    def step(self) -> None:
        """Move each parameter that has a gradient, at the learning rate of the only group of `param_groups`."""
        (group,) = self.param_groups
        rate = group["lr"]
        self._steps += 1
        for parameter, kept in self._parameters:
            if parameter.grad is not None:
                parameter.mul_(1 - rate * self._given["weight_decay"])
                parameter.sub_(self._rule(parameter.grad, kept, self._given, rate, self._steps))


def _kept(parameter: Tensor) -> Kept:
    return defaultdict(lambda: torch.zeros_like(parameter))


def _sgd(gradient: Tensor, kept: Kept, given: Given, rate: float, _: int) -> Tensor:
    if not given["momentum"]:  # nothing is gathered, so that there is nothing to look ahead to either
        return gradient * rate
    velocity = kept["velocity"].mul_(given["momentum"]).add_(gradient, alpha=rate)
    return velocity.mul(given["momentum"]).add_(gradient, alpha=rate) if given["nesterov"] else velocity


def _adam(gradient: Tensor, kept: Kept, given: Given, rate: float, step: int) -> Tensor:
    mean, square = _moments(gradient, kept, given)
    if given.get("amsgrad"):
        square = torch.maximum(kept["largest"], square, out=kept["largest"])
    corrected = rate * math.sqrt(1 - given["beta_2"] ** step) / (1 - given["beta_1"] ** step)
    return mean * corrected / (square.sqrt() + given["epsilon"])


def _adamax(gradient: Tensor, kept: Kept, given: Given, rate: float, step: int) -> Tensor:
    mean = kept["mean"].lerp_(gradient, 1 - given["beta_1"])
    norm = torch.maximum(kept["norm"].mul_(given["beta_2"]), gradient.abs(), out=kept["norm"])
    return mean * rate / ((1 - given["beta_1"] ** step) * (norm + given["epsilon"]))


def _nadam(gradient: Tensor, kept: Kept, given: Given, rate: float, step: int) -> Tensor:
    mean, square = _moments(gradient, kept, given)
    now, then = (given["beta_1"] * (1 - 0.5 * 0.96**each) for each in (step, step + 1))
    left = kept["left"]  # 1 less the product of all momenta so far, since what is kept begins at zero
    left.copy_(1 - (1 - left) * now)
    ahead = mean * then / (1 - (1 - left) * then) + gradient * (1 - now) / left
    return ahead * rate / ((square / (1 - given["beta_2"] ** step)).sqrt() + given["epsilon"])


def _rmsprop(gradient: Tensor, kept: Kept, given: Given, rate: float, _: int) -> Tensor:
    square = kept["square"].lerp_(gradient.square(), 1 - given["rho"])
    if given["centered"]:
        square = square - kept["mean"].lerp_(gradient, 1 - given["rho"]).square()
    moved = gradient * rate / (square + given["epsilon"]).sqrt()
    return kept["velocity"].mul_(given["momentum"]).add_(moved) if given["momentum"] else moved


def _adagrad(gradient: Tensor, kept: Kept, given: Given, rate: float, _: int) -> Tensor:
    squares = kept["squares"].add_(gradient.square())
    return gradient * rate / (squares + given["initial_accumulator_value"] + given["epsilon"]).sqrt()


def _adadelta(gradient: Tensor, kept: Kept, given: Given, rate: float, _: int) -> Tensor:
    square = kept["square"].lerp_(gradient.square(), 1 - given["rho"])
    moved = gradient * ((kept["moved"] + given["epsilon"]) / (square + given["epsilon"])).sqrt()
    kept["moved"].lerp_(moved.square(), 1 - given["rho"])
    return moved * rate


def _moments(gradient: Tensor, kept: Kept, given: Given) -> tuple[Tensor, Tensor]:
    """Return the running means of gradients and of their squares."""
    mean = kept["mean"].lerp_(gradient, 1 - given["beta_1"])
    return mean, kept["square"].lerp_(gradient.square(), 1 - given["beta_2"])


_RULES: dict[str, Callable[[Tensor, Kept, Given, float, int], Tensor]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adam,  # they differ in how far weights decay by default
    "adamax": _adamax,
    "nadam": _nadam,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
    "adadelta": _adadelta,
}
