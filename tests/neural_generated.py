"""What a backend makes of the programs in neural_draws, in a process of its own.

`neural_generated.py BACKEND FOLDER` generates and builds every program, gives it weights and runs it; all that is told
of it goes into FOLDER/BACKEND.npz.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from neural_draws import Program, programs, trained
from swapbench_models.neural.arrays import save_arrays
from swapbench_models.neural.batches import batches
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.generate.refusal import GenerationError
from swapbench_models.neural.network.network import Network

EXAMPLES, BATCH, EPOCHS, RATE = 16, 8, 3, 0.01


def torch(module: ModuleType, network: Network) -> tuple[Any, int]:
    """Return what wraps the model, and how many of its parameters are trained."""
    from swapbench_models.neural.backends.torch import TorchNetwork

    built = module.build_model()
    return TorchNetwork(built, network), sum(each.numel() for each in built.parameters() if each.requires_grad)


def tensorflow(module: ModuleType, network: Network) -> tuple[Any, int]:
    """Return the same; what is trained is traced, which takes longer than all else that is done with the others."""
    from swapbench_models.neural.backends.keras import KerasNetwork
    from swapbench_models.neural.backends.tensorflow import TensorFlowNetwork

    return _keras(TensorFlowNetwork if network.name == "Trained" else KerasNetwork, module, network)


def jax(module: ModuleType, network: Network) -> tuple[Any, int]:
    """Return the same; JAX would compile what fills an array for each shape, and so begins with zeros of numpy."""
    from keras import initializers as kinds

    from swapbench_models.neural.backends.jax import JaxNetwork

    for kind in (kinds.VarianceScaling, kinds.RandomUniform, kinds.Orthogonal, kinds.Zeros, kinds.Ones):
        kind.__call__ = lambda self, shape, dtype=None, **more: np.zeros(shape, dtype)
    return _keras(JaxNetwork, module, network)


def _keras(kind: Any, module: ModuleType, network: Network) -> tuple[Any, int]:
    built = module.build_model()
    return kind(built, network), sum(math.prod(each.shape) for each in built.trainable_variables)


BACKENDS = {"torch": torch, "tensorflow": tensorflow, "jax": jax}
# Each network takes them a tenth of a second or more: JAX compiles it, and Keras builds it.
SLOW = {"jax", "tensorflow"}


def computed(program: Program, backend: str, folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield what is told of a program: its refusals, or its counted parameters, weights and outputs."""
    network = program.network()
    try:
        source = generate(network, backend)
    except GenerationError as error:
        yield "refused", np.array([reason for _, reason in error.refused])
        return
    wrapped, parameters = BACKENDS[backend](load(write(source, folder)), network)
    yield "parameters", np.array(parameters)
    wrapped.set_weights(program.weights(network))
    yield from ((f"weight {number}", array) for number, array in enumerate(wrapped.get_weights()))
    outputs = wrapped.outputs(*program.inputs(network))
    yield from ((f"output {number}", array) for number, array in enumerate(outputs))


def learnt(program: Program, backend: str, folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield what is told of a program after a few steps of training: its weights and outputs."""
    network = program.network()
    wrapped, _ = BACKENDS[backend](load(write(generate(network, backend), folder)), network)
    wrapped.set_weights(program.weights(network))
    (X,) = program.inputs(network, EXAMPLES)
    y = np.random.default_rng(program.seed).integers(3, size=EXAMPLES)
    wrapped.train(X, y, batches(EXAMPLES, BATCH, EPOCHS, seed=0), RATE, seed=0)
    yield from ((f"trained weight {number}", array) for number, array in enumerate(wrapped.get_weights()))
    yield "trained output", wrapped.logits(X)


def main(backend: str, folder: Path) -> None:
    """Write all that is told of all programs; the modules lie in a folder of the backend's name."""
    modules = folder / backend
    modules.mkdir()
    found = {}
    chosen = [program for program in programs() if program.rare or backend not in SLOW]
    for program, tell in (*((each, computed) for each in chosen), *((each, learnt) for each in trained())):
        try:
            found.update({f"{program.name}: {what}": array for what, array in tell(program, backend, modules)})
        except Exception as error:  # whatever it is, it is this program's, and the test's to tell
            found[f"{program.name}: error"] = np.array(f"{type(error).__name__}: {error}")
    save_arrays(folder / f"{backend}.npz", found)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
