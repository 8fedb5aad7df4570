"""Examples: whether a network takes what a data set holds, and says what it asks."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.network.layer import Shape, product, told
from swapbench_models.neural.network.network import Network


def require_inputs(network: Network, found: tuple[int, ...]) -> None:
    """Raise NeuralError where examples of a shape are not what a network takes, nor arranged otherwise could be."""
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise NeuralError(f"{network.name} has several inputs or outputs; a data set has one of each.")
    wanted = network.inputs[0].shape
    if _as_it_is(wanted, found):
        return
    if None in wanted or product(wanted) != product(found):
        raise NeuralError(
            f"{network.name} takes {told(wanted)}, and the data set's examples are {told(found)}; choose another "
            f"data set, or say `input: {told(found)}`."
        )


def arranged(network: Network, X: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return examples (n, ...) in a network's shape, which may only arrange the same values otherwise."""
    found, wanted = X.shape[1:], network.inputs[0].shape
    require_inputs(network, found)
    return X if _as_it_is(wanted, found) else X.reshape(-1, *(size or 1 for size in wanted))


def _as_it_is(wanted: Shape, found: tuple[int, ...]) -> bool:
    """Return whether a shape is one that is wanted, where None is a length that only the data know."""
    return len(wanted) == len(found) and all(size in {None, other} for size, other in zip(wanted, found, strict=True))


def require_classes(network: Network, classes: int) -> None:
    """Raise NeuralError where a network does not tell so many classes apart."""
    left = network.shape(network.outputs[0])
    if left != (classes,) and not (left == (1,) and classes == 2):
        shape = "an unknown shape" if left is None else told(left)
        is_row = left is not None and len(left) == 1
        row = "" if is_row else ", of a row of values: Flatten() before it, or --auto-flatten-output"
        raise NeuralError(
            f"{network.name} leaves {shape}, and the data have {classes} classes; let it end with "
            f'Output({classes}, "softmax"){row}.'
        )
