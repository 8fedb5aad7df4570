"""The purpose of a network, in a sentence for the docstring of its generated code."""

from swapbench_models.neural.network.network import Network


def purpose(network: Network) -> str:
    """Return what a network makes of which shapes; outputs are logits where it ends in a head."""
    head = network.head()
    inputs = ", ".join(str(each.shape) for each in network.inputs)
    left = ", ".join(str(network.shape(value)) for value in network.outputs)
    return f"From (n, ...) of {inputs} to {left if head is None else f'logits, whose {head} are probabilities'}."
