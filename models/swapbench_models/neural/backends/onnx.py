"""A network as a graph of ONNX, run by onnxruntime on the processor; it infers and does not train."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, numpy_helper
from onnx.checker import check_model
from onnxruntime import InferenceSession

from swapbench_models.neural.backends.onnx_weights import Array, to_keras, to_onnx
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.network.network import Network
from swapbench_models.writing import write as write_file

_TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}


class OnnxNetwork:
    """A model of ONNX that was built for a network, or what builds it. Its session has the options of the process."""

    def __init__(self, model: ModelProto | Callable[[], ModelProto], network: Network) -> None:
        self.network = network
        self.model = model if isinstance(model, ModelProto) else model()
        self._session: InferenceSession | None = None

    def get_weights(self) -> list[Array]:
        stored = {each.name: numpy_helper.to_array(each) for each in self.model.graph.initializer}
        return to_keras(self.network, stored)

    def set_weights(self, weights: Iterable[Array]) -> None:
        """Take over all weights, in Keras order and layout, and make the session that computes with them."""
        set_weights(self.model, self.network, weights)
        self._session = _session(self.model)

    def outputs(self, *inputs: NDArray[np.generic]) -> tuple[Array, ...]:
        """Return what leaves the network for (n, ...) inputs, a head left off."""
        if self._session is None:
            self._session = _session(self.model)
        wanted = self._session.get_inputs()
        given = {each.name: np.asarray(x, _TYPES[each.type]) for each, x in zip(wanted, inputs, strict=True)}
        return tuple(self._session.run(None, given))

    def logits(self, X: Array) -> Array:
        (logits,) = self.outputs(X)
        return logits


def set_weights(model: ModelProto, network: Network, weights: Iterable[Array]) -> None:
    """Copy weights, in Keras order and layout, into a model that was built for this network."""
    arrays = to_onnx(network, weights)
    for initializer in model.graph.initializer:
        initializer.CopyFrom(numpy_helper.from_array(arrays[initializer.name], initializer.name))


def save(network: Network, weights: Iterable[Array], path: Path) -> None:
    """Write a network with these weights, in Keras order and layout, as a file of ONNX that is whole or not there.

    Raises GenerationError where ONNX cannot do all of it, NeuralError where the file cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        model: ModelProto = load(write(generate(network, "onnx"), Path(folder))).build_model(to_onnx(network, weights))
    check_model(model, full_check=True)
    write_file(path, model.SerializeToString())


def _session(model: ModelProto) -> InferenceSession:
    return InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
