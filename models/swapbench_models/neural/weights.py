"""Weights: kernels and biases as arrays in Keras layout, the form in which every backend gives and takes them.

A dense kernel is (inputs, outputs), a convolution's (height, width, channels in, channels out).
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.architecture import Architecture, Shape
from swapbench_models.neural.arrays import load_arrays, save_arrays
from swapbench_models.neural.error import DataError

Weights = list[NDArray[np.float32]]


def initial_weights(architecture: Architecture, seed: int) -> Weights:
    """Return the weights that training starts from: Glorot uniform kernels, zero biases, in float32."""
    generator = np.random.default_rng(seed)
    return [
        _glorot(shape, generator) if len(shape) > 1 else np.zeros(shape, np.float32)
        for shape in architecture.weight_shapes()
    ]


def _glorot(shape: Shape, generator: np.random.Generator) -> NDArray[np.float32]:
    *window, inputs, outputs = shape
    limit = math.sqrt(6 / (math.prod(window) * (inputs + outputs)))
    return generator.uniform(-limit, limit, shape).astype(np.float32)


def save_weights(path: Path, weights: Weights) -> None:
    """Write weights to a file of exactly this name."""
    save_arrays(path, {f"{number:03d}": array for number, array in enumerate(weights)})


def load_weights(path: Path, architecture: Architecture) -> Weights:
    """Read the weights of this architecture; raises DataError when the file is damaged or holds those of another."""
    weights = [array for _, array in sorted(load_arrays(path).items())]
    found, expected = [array.shape for array in weights], list(architecture.weight_shapes())
    if found != expected:
        raise DataError(f"{path}: expected weights of shapes {expected}, found {found}; load it into its own model.")
    return weights
