"""Weights: whether what a file has under names could be the weights of a network."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from swapbench_models.video.error import VideoError

_FLOATS = (torch.float32, torch.float16, torch.bfloat16, torch.float64)
_SHOWN = 3


def check_numbers(path: Path, found: Mapping[Any, Any]) -> None:
    """Raise VideoError, which names the file, where one is no dense tensor under a name, or not finite in float32."""
    for name, value in found.items():
        if not isinstance(name, str) or not isinstance(value, Tensor) or not _dense(value):
            raise VideoError(f"{path}: holds {name!r}, which is no weight; give a file of dense tensors by name.")
        if value.dtype in _FLOATS and not value.float().isfinite().all():
            raise VideoError(f"{path}: is damaged, or of a training that diverged, for {name} is not finite.")


def fits(name: str, found: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> bool:
    """Tell whether one is what the network has there: of its shape, and of any precision, or its integers."""
    if name not in found or name not in own or found[name].shape != own[name].shape:
        return False
    return found[name].dtype in (_FLOATS if own[name].is_floating_point() else (own[name].dtype,))


def unlike(found: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> str:
    """Return in words what does not fit, of all that the file and the network have; nothing where all does."""
    wrong = [name for name in {**own, **found} if not fits(name, found, own)]
    told = [
        f"{name} is {_said(found, name, 'missing')}, expected {_said(own, name, 'none')}" for name in wrong[:_SHOWN]
    ]
    return "; ".join([*told, *([f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])])


def _dense(value: Tensor) -> bool:
    plain = value.layout == torch.strided and not value.is_nested and not value.is_quantized
    return plain and value.device.type == "cpu"


def _said(weights: Mapping[str, Tensor], name: str, none: str) -> str:
    if name not in weights:
        return none
    return f"{tuple(weights[name].shape)} of {str(weights[name].dtype).removeprefix('torch.')}"
