"""Weights of a model of Keras, in the order in which its network has them, whatever Keras' own order is."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from swapbench_models.neural.generate.names import layer_names
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.weights import Weights


def set_weights(model: Any, network: Network, weights: Iterable[Any]) -> None:
    """Copy weights into a model that was built for this network."""
    for variable, array in zip(_variables(model, network), weights, strict=True):
        variable.assign(array)


def get_weights(model: Any, network: Network) -> Weights:
    """Return copies of a model's weights."""
    return [np.asarray(variable.value).copy() for variable in _variables(model, network)]


def _variables(model: Any, network: Network) -> Iterator[Any]:
    """Yield the variable of every array that the network holds, in order."""
    for step, name in zip(network.steps, layer_names(network), strict=True):
        weights = step.layer.weights(*network.shapes(step))
        if weights:
            found = {_name(variable.path): variable for variable in model.get_layer(name).weights}
            yield from (found[weight.name] for weight in weights)


def _name(path: str) -> str:
    """Return what a network calls the array that Keras has at a path.

    `dense_1/kernel` is `kernel`, and so is `recurrent_1/lstm_cell/kernel`; of an attention's four products each has
    one: `attention_1/query/kernel` is `query_kernel`.
    """
    *_, inside, name = path.split("/")
    products = {"query": "query_", "key": "key_", "value": "value_", "attention_output": "output_"}
    return products.get(inside, "") + name
