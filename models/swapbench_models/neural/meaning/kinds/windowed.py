"""Kinds that move a window over one, two or three axes: convolutions and pools."""

from collections.abc import Iterator
from functools import partial

from swapbench_models.neural.meaning.converters import flag, one_of, optional, positive, sizes
from swapbench_models.neural.meaning.kinds.kind import ACTIVATION, BIAS, FORMAT, Kind, kind
from swapbench_models.neural.meaning.signature import Parameter
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool

_FILTERS = Parameter("filters", positive)
_PADDING = Parameter("padding", one_of("valid", "same"), "valid")


def _conv(use: Use) -> int:
    given = use.given
    layer = Conv(
        given["filters"], given["kernel_size"], given["strides"], given["padding"],
        given["dilation_rate"], given["groups"], given["use_bias"],
    )  # fmt: skip
    return use.activated(use.graph.put(layer, use.input))


def _conv_transpose(use: Use) -> int:
    given = use.given
    layer = ConvTranspose(given["filters"], given["kernel_size"], given["strides"], given["padding"], given["use_bias"])
    return use.activated(use.graph.put(layer, use.input))


def _depthwise(use: Use) -> int:
    return use.activated(use.graph.put(_of_channels(use, use.given["use_bias"]), use.input))


def _separable(rank: int, use: Use) -> int:
    """A depthwise convolution and one of single places, as Keras and Xception (Chollet, 2017) have it."""
    ones = (1,) * rank
    pointwise = Conv(use.given["filters"], ones, ones, dilation=ones, bias=use.given["use_bias"])
    return use.activated(use.graph.put(pointwise, use.graph.put(_of_channels(use, bias=False), use.input)))


def _of_channels(use: Use, bias: bool) -> DepthwiseConv:
    given = use.given
    return DepthwiseConv(
        given["kernel_size"], given["strides"], given["padding"],
        given["dilation_rate"], given["depth_multiplier"], bias,
    )  # fmt: skip


def _pool(of: str, use: Use) -> int:
    given = use.given
    layer = Pool(of, given["pool_size"], given["strides"] or given["pool_size"], given["padding"])
    return use.graph.put(layer, use.input)


def _global_pool(of: str, rank: int, use: Use) -> int:
    return use.graph.put(GlobalPool(of, rank, use.given["keepdims"]), use.input)


def _adaptive_pool(of: str, use: Use) -> int:
    return use.graph.put(AdaptivePool(of, use.given["output_size"]), use.input)


def _convolutions(rank: int) -> Iterator[Kind]:
    ones = (1,) * rank
    extent = Parameter("kernel_size", sizes(rank), aliases=("kernel",))
    window = (extent, Parameter("strides", sizes(rank), ones, ("stride",)), _PADDING, ACTIVATION)
    dilation = Parameter("dilation_rate", sizes(rank), ones)
    yield kind(f"Conv{rank}D", _conv, _FILTERS, *window, dilation, Parameter("groups", positive, 1), BIAS, FORMAT)
    yield kind(f"Conv{rank}DTranspose", _conv_transpose, _FILTERS, *window, BIAS, FORMAT)
    if rank < 3:  # neither Keras nor torch has them over three axes
        channels = (dilation, Parameter("depth_multiplier", positive, 1), BIAS, FORMAT)
        yield kind(f"DepthwiseConv{rank}D", _depthwise, *window, *channels)
        yield kind(f"SeparableConv{rank}D", partial(_separable, rank), _FILTERS, *window, *channels)


def _pools(rank: int) -> Iterator[Kind]:
    size = Parameter("pool_size", sizes(rank), (2,) * rank, ("kernel_size",))
    window = (size, Parameter("strides", optional(sizes(rank)), None, ("stride",)), _PADDING, FORMAT)
    for of in ("max", "average"):
        name = of.capitalize()
        yield kind(f"{name}Pooling{rank}D", partial(_pool, of), *window)
        if of == "max":
            yield kind(f"MaxPool{rank}D", partial(_pool, of), *window)
        yield kind(
            f"Global{name}Pooling{rank}D", partial(_global_pool, of, rank), Parameter("keepdims", flag, False), FORMAT
        )
        places = Parameter("output_size", sizes(rank))
        yield kind(f"Adaptive{name}Pooling{rank}D", partial(_adaptive_pool, of), places, FORMAT)


WINDOWED = tuple(found for rank in (1, 2, 3) for found in (*_convolutions(rank), *_pools(rank)))
