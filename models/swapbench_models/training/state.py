"""The state of a training between two epochs: all that the next one depends on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from swapbench_models.training.loop import Optimizer


@dataclass(frozen=True)
class State:
    """A module, its optimizer and the generator of a training; if it `draws` from them, torch's global ones too."""

    module: nn.Module
    optimizer: "Optimizer"
    generator: torch.Generator
    draws: bool

    @property
    def devices(self) -> set[torch.device]:
        """Where the module is."""
        return {parameter.device for parameter in self.module.parameters()}

    def captured(self) -> dict[str, Any]:
        """Return the state as tensors, which are still those of the training, and plain values."""
        return {
            "model": self.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "global": torch.get_rng_state() if self.draws else None,
            "cuda": [torch.cuda.get_rng_state(device) for device in self._cuda()],
        }

    def restore(self, captured: Mapping[str, Any]) -> None:
        """Take over a state that was captured of a training like this one; raises what torch raises for another's."""
        self.module.load_state_dict(captured["model"])
        self.optimizer.load_state_dict(captured["optimizer"])
        self.generator.set_state(captured["generator"])
        if self.draws:
            torch.set_rng_state(captured["global"])
        for device, drawn in zip(self._cuda(), captured["cuda"], strict=True):
            torch.cuda.set_rng_state(drawn, device)

    def _cuda(self) -> list[torch.device]:
        return sorted((each for each in self.devices if each.type == "cuda"), key=str) if self.draws else []
