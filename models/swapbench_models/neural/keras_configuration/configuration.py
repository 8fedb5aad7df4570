"""The configuration of a network: what Keras itself writes for the model that is generated for it."""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

from swapbench_models.neural.generate import keras
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.generate.refusal import GenerationError, Reason, everywhere
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.network.pointwise import Code
from swapbench_models.neural.network.times import EachStep, Joined


def configuration(network: Network) -> str:
    """Return the JSON of a functional model with the network's head, which `keras.models.model_from_json` reads.

    The model is built for it, with whatever Keras computes with. Raises GenerationError with all that Keras cannot do,
    or no JSON of it holds.
    """
    refused = list(chain(everywhere(network), keras.unsupported(network), unsupported(network)))
    if refused:
        raise GenerationError(network, "a configuration of Keras", refused)
    with TemporaryDirectory() as folder:
        model = load(write(keras.source(network.with_head()), Path(folder))).build_model()
    text: str = model.to_json()
    return text


def unsupported(network: Network) -> Iterator[Reason]:
    """Yield what Keras can do and yet does not write, or writes and does not read."""
    for step in network.steps:
        device = network.parts[step.part].device
        if device is not None:
            yield step, f"device {device}: a configuration of Keras names no device"
        match step.layer:
            case Code():
                yield step, "code: Keras writes it as bytecode, and reads none that it does not trust"
            case EachStep() if network.known(step) and None in network.shapes(step)[0][1:]:
                yield step, "steps of unknown length: Keras has no layer of its own for them"
            case Joined() if network.known(step) and None in network.shapes(step)[0]:
                yield step, "steps of unknown length: Keras has no layer of its own for them"
