"""The source of a network for Keras that computes with JAX: Keras' own, but for what JAX alone cannot do."""

from collections.abc import Iterator

from swapbench_models.neural.generate import keras
from swapbench_models.neural.generate.devices import named
from swapbench_models.neural.generate.refusal import Reason
from swapbench_models.neural.network.attention import Attention
from swapbench_models.neural.network.network import Network

source = keras.source


def unsupported(network: Network) -> Iterator[Reason]:
    """Yield every layer that Keras has no way to do with JAX, with the reason."""
    yield from keras.unsupported(network)
    for step in network.steps:
        match step.layer:
            # With dropout, and over several axes, Keras multiplies by itself; else JAX does.
            case Attention(dropout=0) as layer if network.known(step) and layer.value_size != layer.key_size:
                shapes = network.shapes(step)
                if keras.in_rows(layer, shapes) or len(shapes[0]) == 2:
                    yield step, "value_dim: JAX attends with values of the size of its keys alone"
    for step, device in named(network):
        yield step, f"device {device}: JAX computes a network on one device; say `execute {{ device }}` for all of it"
