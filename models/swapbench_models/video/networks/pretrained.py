"""Pretrained weights, as others publish them: PyTorchVideo's for SlowFast and X3D, timm's for a backbone."""

import pickle
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

import torch
from torch import Tensor, nn

from swapbench_models import reading
from swapbench_models.video.error import VideoError
from swapbench_models.video.networks.weights import check_numbers, fits, unlike

_INSIDE = ("model_state", "state_dict", "model")  # the key under which a file has the weights, where it has more
_ZIP = b"PK\x03\x04"
# What zipfile and torch raise of files whose bytes were changed at random.
_DAMAGED = (
    *(OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, AssertionError, RuntimeError),
    *(pickle.UnpicklingError, struct.error, BadZipFile, zlib.error),
)


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
    left = [name for name in found if name.startswith(f"{head}.") and not fits(name, found, own)]
    kept = {name: value for name, value in own.items() if name.startswith(f"{head}.")} if left else {}
    taken = {**{name: value for name, value in found.items() if name not in left}, **kept}
    if wrong := unlike(taken, own):
        raise VideoError(f"{path}: holds another network than {type(model).__name__}; {wrong}.")
    part.load_state_dict(taken)
    return left


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
    if not isinstance(content, Mapping):
        raise VideoError(f"{path}: holds no weights by name; give a state_dict, or one under {' or '.join(_INSIDE)}.")
    check_numbers(path, content)
    return content


def _saved(path: Path) -> Any:
    try:
        _check_sums(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except _DAMAGED as error:
        raise VideoError(f"{path}: is damaged, or more than weights; give a file with nothing but tensors.") from error


def _check_sums(path: Path) -> None:
    """Raise BadZipFile where a part of a file is not as its checksum says, which torch does not look at.

    What torch saved before version 1.6 is no zip, and has none.
    """
    with path.open("rb") as file:
        if file.read(4) != _ZIP:
            return
        with ZipFile(file) as parts:
            damaged = parts.testzip()
    if damaged:
        raise BadZipFile(damaged)


def _safetensors(path: Path) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        with path.open("rb") as file:
            reading.check_header(file.read(8))
        return load_file(path)
    except (OSError, ValueError, SafetensorError) as error:
        raise VideoError(f"{path}: is no readable safetensors file; fetch it again.") from error
