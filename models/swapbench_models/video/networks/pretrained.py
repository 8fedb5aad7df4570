"""Pretrained weights, as others publish them: PyTorchVideo's for SlowFast and X3D, timm's for a backbone."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from swapbench_models.video.error import VideoError

_INSIDE = ("model_state", "state_dict", "model")  # the key under which a file has the weights, where it has more
_SHOWN = 3


def load_pretrained(model: nn.Module, path: str | Path) -> list[str]:
    """Let a network take over published weights: a .safetensors file, or one that torch has saved.

    Everything has to fit but the head, which is left as it was drawn where the file's is for another number of classes,
    or where the network has none in its place. Returns the names in the file that were not taken. Raises VideoError,
    which names the file, where it is missing, damaged, or holds another network, and for a network that has none.
    """
    head = getattr(model, "published_head", None)
    if head is None:
        raise VideoError(f"No weights are published for {type(model).__name__}; train it from the start.")
    part = model.get_submodule(getattr(model, "published_part", ""))
    own = part.state_dict()
    found = _read(Path(path))
    left = [name for name in found if name.startswith(f"{head}.") and not _fits(name, found, own)]
    kept = {name: value for name, value in own.items() if name.startswith(f"{head}.")} if left else {}
    taken = {**{name: value for name, value in found.items() if name not in left}, **kept}
    wrong = [name for name in {**own, **taken} if not _fits(name, taken, own)]
    if wrong:
        raise VideoError(f"{path}: holds another network than {type(model).__name__}; {_told(wrong, taken, own)}.")
    part.load_state_dict(taken)
    return left


def _fits(name: str, found: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> bool:
    return name in found and name in own and found[name].shape == own[name].shape


def _told(wrong: list[str], found: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> str:
    """Return in words what does not fit."""
    shapes = [
        f"{name} is {tuple(found[name].shape) if name in found else 'missing'}, "
        f"expected {tuple(own[name].shape) if name in own else 'none'}"
        for name in wrong[:_SHOWN]
    ]
    return "; ".join([*shapes, *([f"and {len(wrong) - _SHOWN} more"] if len(wrong) > _SHOWN else [])])


def _read(path: Path) -> Mapping[str, Tensor]:
    if not path.is_file():
        raise VideoError(
            f"{path}: is no file; give one with published weights, which are never replaced by drawn ones."
        )
    content = _safetensors(path) if path.suffix == ".safetensors" else _saved(path)
    for key in _INSIDE:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
            break
    if not isinstance(content, Mapping) or not all(isinstance(each, Tensor) for each in content.values()):
        raise VideoError(f"{path}: holds no weights by name; give a state_dict, or one under {' or '.join(_INSIDE)}.")
    return content


def _saved(path: Path) -> Any:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise VideoError(f"{path}: is damaged, or more than weights; give a file with nothing but tensors.") from error


def _safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise VideoError(f"{path}: is no readable safetensors file; fetch it again.") from error
