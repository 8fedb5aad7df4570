"""Counting: how large a network is, and how much it computes for a clip."""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def parameters(model: nn.Module) -> int:
    """Return the number of trained numbers."""
    return sum(each.numel() for each in model.parameters())


def macs(model: nn.Module, shape: Sequence[int]) -> int:
    """Return the multiply-adds of a forward pass over clips of a shape (N, 3, T, H, W).

    As papers count them: those of convolutions, products of matrices and attention, with the zeros that pad a clip. A
    model is counted as it is in evaluation, and without memory for what it computes.
    """
    outlined = _outlined(model).eval()
    with FlopCounterMode(display=False) as counter:
        outlined(torch.empty(*shape, device="meta"))
    return int(counter.get_total_flops()) // 2


def _outlined(model: nn.Module) -> nn.Module:
    """Return a copy whose tensors have shapes and no values."""
    known: dict[int, Tensor] = {id(each): each.to("meta") for each in model.buffers()}
    for each in model.parameters():
        known[id(each)] = nn.Parameter(each.to("meta"))
    return deepcopy(model, known)
