"""Layouts: where the channels of a value stand, for backends whose convolutions want them first.

Shapes of the language have them last. A value stays as the layer before it left it until one wants it otherwise.
"""

from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.layer import Layer
from swapbench_models.neural.network.merging import Merge
from swapbench_models.neural.network.normalization import BatchNorm, GroupNorm
from swapbench_models.neural.network.pointwise import Activation, Dropout, GaussianNoise
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool

_FIRST = (Conv, ConvTranspose, DepthwiseConv, Pool, AdaptivePool, BatchNorm, GroupNorm)
_EITHER = (Activation, Dropout, GaussianNoise, Merge, GlobalPool)
_LAST_AXIS = ("softmax", "log_softmax")


def channels_first(layer: Layer, rank: int, inputs: tuple[bool, ...]) -> bool:
    """Return whether a layer is to find the channels of its inputs first.

    `rank` counts the axes of an example, `inputs` says how they come.
    """
    if rank < 2:
        return False
    if isinstance(layer, Activation) and layer.kind in _LAST_AXIS:
        return False
    return isinstance(layer, _FIRST) or (isinstance(layer, _EITHER) and all(inputs))


def to_first(rank: int) -> tuple[int, ...]:
    """Return the order of axes, batch included, that brings the channels to the front."""
    return (0, rank, *range(1, rank))


def to_last(rank: int) -> tuple[int, ...]:
    """Return the order of axes, batch included, that brings the channels to the end."""
    return (0, *range(2, rank + 1), 1)
