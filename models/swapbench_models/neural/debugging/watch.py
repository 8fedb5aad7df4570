"""What is watched: each layer of a text that learns, and a network that lets out what leaves it."""

from dataclasses import dataclass, replace

from swapbench_models.neural.network.network import Network
from swapbench_models.neural.network.pointwise import Activation


@dataclass(frozen=True, slots=True)
class Watched:
    """A layer with weights: the number of its part, of the value that leaves it, and the activation that made that.

    An activation that stands after it as a layer of its own counts as its own one.
    """

    part: int
    value: int
    activation: str | None


def watched(network: Network) -> tuple[Watched, ...]:
    """Return the layers with weights in the order of the text; a head is left off, as losses want it."""
    learning = dict.fromkeys(step.part for step, _ in network.weights())
    return tuple(_watched(network, part) for part in learning)


def letting_out(network: Network, layers: tuple[Watched, ...]) -> Network:
    """Return a network of the same weights that returns what it leaves, without a head, and each watched value."""
    steps = network.steps if network.head() is None else network.steps[:-1]
    left = network.outputs[0] if network.head() is None else network.steps[-1].inputs[0]
    return replace(network, steps=steps, outputs=(left, *(each.value for each in layers)))


def _watched(network: Network, part: int) -> Watched:
    number = max(number for number, step in enumerate(network.steps) if step.part == part)
    if _is_head(network, number):
        number -= 1
    while (after := _activation_after(network, number)) is not None:
        number = after
    layer = network.steps[number].layer
    return Watched(part, len(network.inputs) + number, layer.kind if isinstance(layer, Activation) else None)


def _activation_after(network: Network, number: int) -> int | None:
    """Return the number of the step that takes what this one leaves, where it is the only one and an activation."""
    value = len(network.inputs) + number
    takers = [later for later, step in enumerate(network.steps) if value in step.inputs]
    if len(takers) != 1 or value in network.outputs or _is_head(network, takers[0]):
        return None
    return takers[0] if isinstance(network.steps[takers[0]].layer, Activation) else None


def _is_head(network: Network, number: int) -> bool:
    return network.head() is not None and number == len(network.steps) - 1
