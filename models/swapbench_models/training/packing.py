"""Packing: nested values as JSON, and beside it the tensors that are in them, each by its place."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from swapbench_models.training.error import TrainingError

_PLAIN = (bool, int, float, str, type(None))


def packed(values: Mapping[str, Any]) -> tuple[Any, dict[str, Tensor]]:
    """Return values as JSON and tensors: dictionaries, lists and tuples of tensors and of JSON's values.

    Raises TrainingError for a value of another type.
    """
    tensors: dict[str, Tensor] = {}
    return _packed(dict(values), "", tensors), tensors


def unpacked(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """Return the values that `packed` has made JSON and tensors of."""
    match value:
        case {"tensor": name}:
            return tensors[name]
        case {"dict": items}:
            return {key: unpacked(each, tensors) for key, each in items}
        case {"tuple": each}:
            return tuple(unpacked(one, tensors) for one in each)
        case list():
            return [unpacked(one, tensors) for one in value]
    return value


def apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors as safetensors takes them: each whole and by itself, on the processor. Weights may be tied."""
    made: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, tensor in tensors.items():
        own = tensor.detach().cpu().contiguous()
        made[name] = own.clone() if own.untyped_storage().data_ptr() in seen else own
        seen.add(own.untyped_storage().data_ptr())
    return made


def _packed(value: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """Return a value as JSON, and add its tensors to the others, each by its place.

    What JSON has no word for is a dictionary of one entry; keys may be numbers, as in the state of torch's optimizers.
    """
    if isinstance(value, Tensor):
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, Mapping):
        return {"dict": [[key, _packed(each, f"{name}/{key}".lstrip("/"), tensors)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        each = [_packed(one, f"{name}/{place}", tensors) for place, one in enumerate(value)]
        return {"tuple": each} if isinstance(value, tuple) else each
    if not isinstance(value, _PLAIN):
        raise TrainingError(f"{name}: tensors and plain values are kept and handed over, no {type(value).__name__}.")
    return value
