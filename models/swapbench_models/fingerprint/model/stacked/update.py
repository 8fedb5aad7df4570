"""Updates: steps of torch's optimizers for weights that are stacked by user, of whom some may take no part."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from swapbench_models.fingerprint.model.options import Options

_ADAM_EPSILON = 1e-8


@dataclass
class Update:
    """Steps of SGD or Adam at `rate`, as torch's optimizers make them, for the users that take part."""

    parameters: list[Tensor]
    options: Options
    rate: float = field(init=False)
    _steps: Tensor = field(init=False)
    _state: list[dict[str, Tensor]] = field(init=False)

    def __post_init__(self) -> None:
        self.rate = self.options.learning_rate
        self._steps = torch.zeros(len(self.parameters[0]), device="cpu")
        self._state = [
            {name: torch.zeros_like(parameter) for name in _remembered(self.options)} for parameter in self.parameters
        ]

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], active: Tensor) -> None:
        """Take one step for the users of `active` (U,), which is on the processor."""
        options, device = self.options, self.parameters[0].device
        self._steps += active
        everybody = bool(active.all())
        if everybody and options.optimizer == "sgd" and not options.momentum and not options.weight_decay:
            torch._foreach_add_(self.parameters, list(gradients), alpha=-self.rate)
            return
        chosen = slice(None) if everybody else active.nonzero()[:, 0].to(device)
        steps = self._steps.to(device)[chosen]
        for parameter, gradient, state in zip(self.parameters, gradients, self._state, strict=True):
            # Of everybody these are views, which are changed where they are; of some they are copies, put back below.
            part = {name: whole[chosen] for name, whole in {"weights": parameter, **state}.items()}
            decayed = gradient[chosen]
            if options.weight_decay:
                decayed = decayed + options.weight_decay * part["weights"]
            update = self._sgd if options.optimizer == "sgd" else self._adam
            update(part, decayed, steps.view(-1, *[1] * (parameter.dim() - 1)))
            if not everybody:
                for name, whole in {"weights": parameter, **state}.items():
                    whole[chosen] = part[name]

    def _sgd(self, part: dict[str, Tensor], gradient: Tensor, _steps: Tensor) -> None:
        if self.options.momentum:
            gradient = part["velocity"].mul_(self.options.momentum).add_(gradient)
        part["weights"].sub_(gradient, alpha=self.rate)

    def _adam(self, part: dict[str, Tensor], gradient: Tensor, steps: Tensor) -> None:
        one, two = self.options.betas
        part["mean"].lerp_(gradient, 1 - one)
        part["square"].mul_(two).addcmul_(gradient, gradient, value=1 - two)
        square = part["square"]
        if self.options.amsgrad:
            square = torch.maximum(part["largest"], square, out=part["largest"])
        scale = square.sqrt().div_((1 - two**steps).sqrt()).add_(_ADAM_EPSILON)
        part["weights"].sub_(part["mean"].div(scale).mul_(self.rate / (1 - one**steps)))


def _remembered(options: Options) -> tuple[str, ...]:
    """Return what an optimizer keeps of each weight from step to step."""
    if options.optimizer == "sgd":
        return ("velocity",) if options.momentum else ()
    return ("mean", "square", "largest") if options.amsgrad else ("mean", "square")
