"""Weights: the arrays of a network in Keras layout, the form in which every backend gives and takes them.

A dense kernel is (inputs, outputs), a convolution's (height, width, channels in, channels out).
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.arrays import load_arrays, save_arrays
from swapbench_models.neural.error import DataError
from swapbench_models.neural.network.layer import Weight
from swapbench_models.neural.network.network import Network

Weights = list[NDArray[np.float32]]


def initial_weights(network: Network, seed: int) -> Weights:
    """Return the weights that training starts from, in float32: kernels as each asks for, biases mostly zero."""
    generator = np.random.default_rng(seed)
    return [_started(weight, generator).astype(np.float32) for _, weight in network.weights()]


def _started(weight: Weight, generator: np.random.Generator) -> NDArray[np.float64]:
    match weight.start:
        case "zeros":
            return np.zeros(weight.shape)
        case "ones":
            return np.ones(weight.shape)
        case "uniform":
            return generator.uniform(-0.05, 0.05, weight.shape)
        case "orthogonal":
            return _orthogonal(weight.shape, generator)
        case "forget":  # an LSTM's gate to forget begins open, so that it learns to forget (Jozefowicz et al., 2015)
            bias = np.zeros((4, weight.shape[0] // 4))
            bias[1] = 1
            return bias.ravel()
    return _glorot(weight.shape, generator)


def _glorot(shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return uniform values that keep the spread of what passes (Glorot and Bengio, 2010)."""
    *window, inputs, outputs = shape
    limit = math.sqrt(6 / (math.prod(window) * (inputs + outputs)))
    return generator.uniform(-limit, limit, shape)


def _orthogonal(shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.float64]:
    """Return rows that are orthogonal, so that a state neither fades nor grows (Saxe et al., 2014)."""
    tall = generator.normal(size=(max(shape), min(shape)))
    found, triangle = np.linalg.qr(tall)
    found = found * np.sign(np.diag(triangle))
    return found if found.shape == shape else found.T


def save_weights(path: Path, weights: Weights) -> None:
    """Write weights to a file of exactly this name."""
    save_arrays(path, {f"{number:03d}": array for number, array in enumerate(weights)})


def load_weights(path: Path, network: Network) -> Weights:
    """Read the weights of this architecture; raises DataError when the file is damaged or holds those of another."""
    weights = [array for _, array in sorted(load_arrays(path).items())]
    found, expected = [array.shape for array in weights], [weight.shape for _, weight in network.weights()]
    if found != expected:
        raise DataError(f"{path}: expected weights of shapes {expected}, found {found}; load it into its own model.")
    if not all(array.dtype.kind == "f" and np.isfinite(array).all() for array in weights):
        raise DataError(f"{path}: holds weights that are no finite numbers; train it again.")
    return weights
