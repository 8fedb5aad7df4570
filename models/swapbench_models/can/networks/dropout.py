"""Dropout whose draws take a third of the time that torch's take on a processor, and share its generator."""

import torch
from torch import Tensor, nn

_STEPS = 1 << 16  # a quarter of a drawn number decides of each value


class Dropout(nn.Module):
    """Zeros a share p of values while it is trained, to a part in 65,536, and scales the others up by 1 / (1 - p)
    (Srivastava and others, "Dropout", 2014)."""

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p

    def forward(self, values: Tensor) -> Tensor:
        return values * self._scales(values) if self.training and self.p > 0 else values

    @torch.no_grad()
    def _scales(self, values: Tensor) -> Tensor:
        count = values.numel()
        drawn = torch.empty(-(-count // 4), dtype=torch.int64, device=values.device).random_(-(1 << 63), None)
        kept = drawn.view(torch.int16)[:count] >= round(self.p * _STEPS) - _STEPS // 2
        return kept.view(values.shape).to(values.dtype).div_(1 - self.p)
