"""Weights of a model of ONNX, in the order, names and layout that Keras gives them."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.generate.names import layer_names
from swapbench_models.neural.generate.onnx_shapes import stored_shape
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.layer import Layer, Weight
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.network.recurrent import GATES, Recurrent

Array = NDArray[np.float32]

# An LSTM's gates are input, forget, new, output in Keras; in ONNX input, output, forget, new. Others are alike in both.
_TO_ONNX = {"lstm": (0, 3, 1, 2), "gru": (0, 1, 2), "simple": (0,)}
_TO_KERAS = {"lstm": (0, 2, 3, 1), "gru": (0, 1, 2), "simple": (0,)}


def to_onnx(network: Network, weights: Iterable[Array]) -> dict[str, Array]:
    """Return weights, in Keras order and layout, by their names and as the operators want them."""
    named = zip(_named(network), weights, strict=True)
    return {name: _stored(layer, weight, np.asarray(array, np.float32)) for (name, layer, weight), array in named}


def to_keras(network: Network, stored: Mapping[str, Array]) -> list[Array]:
    """Return copies of weights that a model holds by their names, in Keras order and layout."""
    return [np.array(_canonical(layer, weight, stored[name])) for name, layer, weight in _named(network)]


def _named(network: Network) -> Iterator[tuple[str, Layer, Weight]]:
    for name, step in zip(layer_names(network), network.steps, strict=True):
        for weight in step.layer.weights(*network.shapes(step)):
            yield f"{name}.{weight.name}", step.layer, weight


def _stored(layer: Layer, weight: Weight, array: Array) -> Array:
    if array.shape != weight.shape:
        raise ValueError(f"{weight.name} has the shape {weight.shape}, found {array.shape}")
    shape = stored_shape(layer, weight)
    match layer, weight.name:
        case ((Conv() | ConvTranspose() | DepthwiseConv()), "kernel"):
            return array.transpose(_to_front(layer, array.ndim)).reshape(shape)
        case Recurrent(kind=kind), "bias":
            gates = _gates(array, _TO_ONNX[kind])
            # Only a GRU of Keras has both biases; what ONNX adds for the other kinds is nothing.
            return (gates if kind == "gru" else np.stack([gates, np.zeros_like(gates)])).reshape(shape)
        case Recurrent(kind=kind), _:
            return _gates(array, _TO_ONNX[kind]).T.reshape(shape)
    return array.reshape(shape)


def _canonical(layer: Layer, weight: Weight, stored: Array) -> Array:
    match layer, weight.name:
        case ((Conv() | ConvTranspose() | DepthwiseConv()), "kernel"):
            order = _to_front(layer, len(weight.shape))
            turned = stored.reshape([weight.shape[axis] for axis in order])
            return turned.transpose(np.argsort(order))
        case Recurrent(kind=kind, units=units), "bias":
            both = _gates(stored.reshape(2, GATES[kind] * units), _TO_KERAS[kind])
            return both if kind == "gru" else both.sum(0)
        case Recurrent(kind=kind), _:
            return _gates(stored[0].T, _TO_KERAS[kind])
    return stored.reshape(weight.shape)


def _to_front(layer: Layer, rank: int) -> tuple[int, ...]:
    """Return the order of a kernel's axes that puts its window last, and before it, last, the channels it takes."""
    window = range(rank - 2)
    return (rank - 2, rank - 1, *window) if isinstance(layer, DepthwiseConv) else (rank - 1, rank - 2, *window)


def _gates(array: Array, order: tuple[int, ...]) -> Array:
    """Put the gates, which share the last axis, in another order."""
    split = array.reshape(*array.shape[:-1], len(order), -1)
    return split[..., list(order), :].reshape(array.shape)
