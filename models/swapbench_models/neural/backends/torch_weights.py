"""Weights of a module of torch, in the order, names and layout that Keras gives them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from swapbench_models.neural.network.attention import Attention
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.dense import Dense, Embedding
from swapbench_models.neural.network.layer import Layer
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.network.recurrent import Recurrent

Array = NDArray[np.float32]

_UNITS = (
    nn.Linear,
    nn.Embedding,
    nn.RNNBase,
    nn.MultiheadAttention,
    nn.LayerNorm,
    nn.GroupNorm,
    nn.modules.conv._ConvNd,
    nn.modules.batchnorm._BatchNorm,
)
# Keras has a GRU's gates as update, reset, new; torch as reset, update, new.
_GATES = {"gru": (1, 0, 2), "lstm": (0, 1, 2, 3), "simple": (0,)}


@dataclass(frozen=True, slots=True)
class Slot:
    """Where one array of a layer is: a tensor, and what the array is as that tensor has it, there and back."""

    tensor: Tensor
    to_torch: Callable[[Array], Array]
    to_keras: Callable[[Array], Array]


def units(module: nn.Module) -> Iterator[nn.Module]:
    """Yield the modules that each hold the weights of one layer, in the order in which they were registered."""
    for child in module.children():
        if isinstance(child, _UNITS) or type(child).__name__ == "Attention":
            if child.state_dict():
                yield child
        else:
            yield from units(child)


@torch.no_grad()
def set_weights(module: nn.Module, network: Network, weights: Iterable[Array]) -> None:
    """Copy weights, in Keras order and layout, into a module that was built for this network."""
    for slots, array in zip(_slots(module, network), weights, strict=True):
        parts = array if len(slots) > 1 else [array]
        for slot, part in zip(slots, parts, strict=True):
            slot.tensor.copy_(torch.from_numpy(np.array(slot.to_torch(part), np.float32)))


def get_weights(module: nn.Module, network: Network) -> list[Array]:
    """Return copies of a module's weights, in Keras order and layout."""
    found = []
    for slots in _slots(module, network):
        parts = [np.array(slot.to_keras(slot.tensor.detach().cpu().numpy())) for slot in slots]
        found.append(np.stack(parts) if len(parts) > 1 else parts[0])
    return found


def _slots(module: nn.Module, network: Network) -> Iterator[tuple[Slot, ...]]:
    """Yield the slots of every array that the network holds, in order; an array in several slots is their stack."""
    holders = [step for step in network.steps if step.layer.weights(*network.shapes(step))]
    for step, unit in zip(holders, units(module), strict=True):
        found = _of(step.layer, unit)
        for weight in step.layer.weights(*network.shapes(step)):
            yield found[weight.name]


def _of(layer: Layer, unit: nn.Module) -> dict[str, tuple[Slot, ...]]:
    """Return the slots of a layer's arrays by their names."""
    match layer:
        case Dense():
            return {"kernel": (_turned(_tensor(unit, "weight")),), **_plain(unit, bias="bias")}
        case Embedding():
            return _plain(unit, embeddings="weight")
        case Conv() | ConvTranspose():
            return {"kernel": (_window(_tensor(unit, "weight")),), **_plain(unit, bias="bias")}
        case DepthwiseConv(multiplier=multiplier):
            return {"kernel": (_depthwise(_tensor(unit, "weight"), multiplier),), **_plain(unit, bias="bias")}
        case Recurrent():
            return _recurrent(layer, unit)
        case Attention():
            return _attention(layer, unit)
    return _plain(unit, gamma="weight", beta="bias", moving_mean="running_mean", moving_variance="running_var")


def _tensor(unit: nn.Module, name: str) -> Tensor:
    tensor = getattr(unit, name)
    assert isinstance(tensor, Tensor)  # noqa: S101  # told to the type checker
    return tensor


def _plain(unit: nn.Module, **names: str) -> dict[str, tuple[Slot, ...]]:
    return {
        keras: (Slot(_tensor(unit, name), _same, _same),)
        for keras, name in names.items()
        if getattr(unit, name, None) is not None
    }


def _same(array: Array) -> Array:
    return array


def _turned(tensor: Tensor) -> Slot:
    return Slot(tensor, np.transpose, np.transpose)


def _window(tensor: Tensor) -> Slot:
    """A kernel that Keras has as (window..., a, b), and torch as (b, a, window...)."""
    rank = tensor.ndim - 2
    there, back = (rank + 1, rank, *range(rank)), (*range(2, rank + 2), 1, 0)
    return Slot(tensor, lambda array: array.transpose(there), lambda array: array.transpose(back))


def _depthwise(tensor: Tensor, multiplier: int) -> Slot:
    """A kernel that Keras has as (window..., channels, multiplier), torch as (channels x multiplier, 1, window...)."""
    rank, shape = tensor.ndim - 2, tuple(tensor.shape)
    there, back = (rank, rank + 1, *range(rank)), (*range(2, rank + 2), 0, 1)
    split = (shape[0] // multiplier, multiplier, *shape[2:])
    return Slot(
        tensor,
        lambda array: array.transpose(there).reshape(shape),
        lambda array: array.reshape(split).transpose(back),
    )


def _recurrent(layer: Recurrent, unit: nn.Module) -> dict[str, tuple[Slot, ...]]:
    order = _GATES[layer.kind]

    def ordered(array: Array) -> Array:
        """Put the gates along the first axis in the other library's order, which is its own way back."""
        return array.reshape(len(order), layer.units, *array.shape[1:])[list(order)].reshape(array.shape)

    def slot(name: str) -> Slot:
        return Slot(_tensor(unit, name), lambda array: ordered(array.T), lambda array: ordered(array).T)

    found: dict[str, tuple[Slot, ...]] = {
        "kernel": (slot("weight_ih_l0"),),
        "recurrent_kernel": (slot("weight_hh_l0"),),
    }
    if layer.bias:
        names = ("bias_ih_l0", "bias_hh_l0") if layer.kind == "gru" else ("bias_ih_l0",)
        found["bias"] = tuple(slot(name) for name in names)
    return found


def _attention(layer: Attention, unit: nn.Module) -> dict[str, tuple[Slot, ...]]:
    found: dict[str, tuple[Slot, ...]] = {}
    for name, (kernel, bias) in _projections(unit).items():
        size = layer.value_size if name in {"value", "output"} else layer.key_size
        split = (layer.heads, size, -1) if name == "output" else (-1, layer.heads, size)
        joined = (layer.heads * size, -1) if name == "output" else (-1, layer.heads * size)
        found[f"{name}_kernel"] = (_headed(kernel, joined, split),)
        if bias is not None:
            rows = (-1,) if name == "output" else (layer.heads, size)
            found[f"{name}_bias"] = (_reshaped(bias, rows),)
    return found


def _projections(unit: nn.Module) -> dict[str, tuple[Tensor, Tensor | None]]:
    """Return weight and bias of the four products of an attention, ours or torch's own."""
    if not isinstance(unit, nn.MultiheadAttention):
        return {name: (_tensor(part, "weight"), getattr(part, "bias", None)) for name, part in unit.named_children()}
    weights = unit.in_proj_weight.chunk(3)
    biases = (None,) * 3 if unit.in_proj_bias is None else unit.in_proj_bias.chunk(3)
    inner = dict(zip(("query", "key", "value"), zip(weights, biases, strict=True), strict=True))
    return {**inner, "output": (unit.out_proj.weight, unit.out_proj.bias)}


def _headed(tensor: Tensor, joined: tuple[int, ...], split: tuple[int, ...]) -> Slot:
    return Slot(tensor, lambda array: array.reshape(joined).T, lambda array: array.T.reshape(split))


def _reshaped(tensor: Tensor, split: tuple[int, ...]) -> Slot:
    return Slot(tensor, lambda array: array.reshape(-1), lambda array: array.reshape(split))
