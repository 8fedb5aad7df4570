"""Shapes of weights as the operators of ONNX want them, which lay some out otherwise than Keras does."""

from swapbench_models.neural.network.attention import Attention
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.layer import Layer, Weight
from swapbench_models.neural.network.recurrent import GATES, Recurrent


def stored_shape(layer: Layer, weight: Weight) -> tuple[int, ...]:
    """Return the shape of a layer's weight in ONNX.

    A window stands after the channels, last of them those that the layer takes. Recurrent weights have a direction
    first and two biases in one row; an attention's have their heads side by side in one axis.
    """
    shape = weight.shape
    match layer, weight.name:
        case ((Conv() | ConvTranspose()), "kernel"):
            *window, inner, outer = shape
            return (outer, inner, *window)
        case DepthwiseConv(), "kernel":
            *window, channels, multiplier = shape
            return (channels * multiplier, 1, *window)
        case Recurrent(kind=kind, units=units), "bias":
            return (1, 2 * GATES[kind] * units)
        case Recurrent(), _:
            return (1, shape[1], shape[0])
        case Attention(), "output_kernel":
            return (shape[0] * shape[1], shape[2])
        case Attention(), "query_kernel" | "key_kernel" | "value_kernel":
            return (shape[0], shape[1] * shape[2])
        case Attention(), "query_bias" | "key_bias" | "value_bias":
            return (shape[0] * shape[1],)
    return shape
