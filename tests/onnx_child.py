"""What tests of networks in ONNX have done in a process of its own; importing this imports onnxruntime and torch."""

import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx

from swapbench_models.error import FamilyError
from swapbench_models.neural.backends.onnx import OnnxNetwork, save
from swapbench_models.neural.backends.torch import TorchNetwork
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.network.network import Network

UNKNOWN = 7  # what an unknown length is in a batch


def network(text: str) -> Network:
    (checked,) = check(Source(text))
    return checked.network


def module(source: str) -> ModuleType:
    with tempfile.TemporaryDirectory() as folder:
        return load(write(source, Path(folder)))


def weights(of: Network, generator: np.random.Generator) -> list[Any]:
    """Return weights as no training leaves them: every one another, variances above 0."""
    arrays = [(weight.name, generator.normal(0, 0.5, weight.shape)) for _, weight in of.weights()]
    return [np.float32(np.abs(array) + 0.1 if name == "moving_variance" else array) for name, array in arrays]


def batch(of: Network, generator: np.random.Generator, examples: int) -> list[Any]:
    shapes = [(each, (examples, *(size or UNKNOWN for size in each.shape))) for each in of.inputs]
    return [
        generator.integers(0, 5, shape) if each.whole else generator.normal(size=shape).astype(np.float32)
        for each, shape in shapes
    ]


def outputs(text: str) -> list[tuple[Any, Any, Any]]:
    """Return each output of three examples from torch, from ONNX, and of the first of them alone."""
    of, generator = network(text), np.random.default_rng(0)
    ours, theirs = built(of), TorchNetwork(module(generate(of, "torch")).build_model(), of)
    for one in (ours, theirs):
        one.set_weights(weights(of, np.random.default_rng(1)))
    examples = batch(of, generator, 3)
    alone = ours.outputs(*(each[:1] for each in examples))
    return list(zip(theirs.outputs(*examples), ours.outputs(*examples), alone, strict=True))


def built(of: Network) -> OnnxNetwork:
    return OnnxNetwork(module(generate(of, "onnx")).build_model, of)


def sound(text: str) -> tuple[bool, list[str]]:
    """Return whether weights come out as they went in, and the batch's length in what the checker passed."""
    of = network(text)
    ours, given = built(of), weights(of, np.random.default_rng(2))
    onnx.checker.check_model(ours.model, full_check=True)
    ours.set_weights(given)
    onnx.checker.check_model(ours.model, full_check=True)
    values = [*ours.model.graph.input, *ours.model.graph.output]
    same = all(np.array_equal(a, b) for a, b in zip(given, ours.get_weights(), strict=True))
    return same, [value.type.tensor_type.shape.dim[0].dim_param for value in values]


def names(text: str) -> tuple[list[str], list[str]]:
    """Return the names of inputs and outputs."""
    graph = built(network(text)).model.graph
    return [each.name for each in graph.input], [each.name for each in graph.output]


def zeros(text: str) -> bool:
    """Return whether every weight is 0 where none is given."""
    return not any(array.any() for array in built(network(text)).get_weights())


def refusal(text: str, given: dict[str, tuple[int, ...]]) -> str:
    """Return the sentence with which generated code refuses weights of these names and shapes."""
    arrays = {name: np.zeros(shape, np.float32) for name, shape in given.items()}
    try:
        module(generate(network(text), "onnx")).build_model(arrays)
    except ValueError as error:
        return str(error)
    return "they were taken"


def saved(text: str, path: Path) -> bool:
    """Return whether a network that was written to a file computes what it computed."""
    of, generator = network(text), np.random.default_rng(3)
    given, examples = weights(of, generator), batch(of, generator, 2)
    ours = built(of)
    ours.set_weights(given)
    save(of, given, path)
    read = OnnxNetwork(onnx.load(path), of)
    return all(np.array_equal(a, b) for a, b in zip(ours.outputs(*examples), read.outputs(*examples), strict=True))


def unsaved(text: str, path: Path) -> str:
    """Return the name of the error with which a network is not written."""
    of = network(text)
    try:
        save(of, [np.zeros(weight.shape, np.float32) for _, weight in of.weights()], path)
    except FamilyError as error:
        return type(error).__name__
    return "it was written"
