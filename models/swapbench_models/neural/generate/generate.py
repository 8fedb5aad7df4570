"""Generation for a backend by its name, and what it refuses."""

import importlib
from itertools import chain
from types import ModuleType

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.generate.refusal import GenerationError, everywhere
from swapbench_models.neural.language.fault import nearest
from swapbench_models.neural.network.network import Network

_HERE = "swapbench_models.neural.generate"
# By backend: the module that writes its source. `pytorch` is what the reference's command calls torch.
WRITERS = {
    "torch": f"{_HERE}.torch",
    "tensorflow": f"{_HERE}.keras",
    "jax": f"{_HERE}.jax",
    "onnx": f"{_HERE}.onnx",
}
ALIASES = {"pytorch": "torch", "onnxruntime": "onnx", "keras": "tensorflow"}


def writer(backend: str) -> ModuleType:
    """Return the module that writes source for a backend; raises NeuralError for an unknown one."""
    name = ALIASES.get(backend, backend)
    if name not in WRITERS:
        raise NeuralError(
            f"There is no backend {backend!r}; known are {', '.join(WRITERS)}{nearest(backend, WRITERS) or '.'}"
        )
    return importlib.import_module(WRITERS[name])


def generate(network: Network, backend: str) -> str:
    """Return the source of a module whose `build_model()` returns the network on a backend.

    Raises GenerationError with all that the backend cannot do, NeuralError for an unknown backend.
    """
    found = writer(backend)
    refused = list(chain(everywhere(network), found.unsupported(network)))
    if refused:
        raise GenerationError(network, backend, refused)
    text: str = found.source(network)
    return text
