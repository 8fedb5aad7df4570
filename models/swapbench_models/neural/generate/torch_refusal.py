"""What torch refuses: the layers that it has no way to do."""

from collections.abc import Iterator

from swapbench_models.neural.generate.devices import named, of_torch
from swapbench_models.neural.generate.refusal import Reason
from swapbench_models.neural.network.convolution import Conv, DepthwiseConv
from swapbench_models.neural.network.layer import Shape, ShapeError
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.network.pooling import Pool
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.window import UNKNOWN, margins


def unsupported(network: Network) -> Iterator[Reason]:
    """Yield every layer that torch has no way to do, with the reason."""
    for step in network.steps:
        match step.layer:
            case Recurrent(recurrent_dropout=rate) if rate:
                yield step, "recurrent_dropout: torch's recurrent layers drop no states"
            case Recurrent(kind="lstm" | "gru", activation=activation) if activation != "tanh":
                yield step, f"activation {activation}: torch's LSTM and GRU have tanh alone"
            case Conv() | DepthwiseConv() | Pool() as layer if layer.padding == "same" and network.known(step):
                if not _padding_is_known(layer, network.shapes(step)[0]):
                    yield step, f"padding same {UNKNOWN}"
    for step, device in named(network):
        if of_torch(device) is None:
            yield step, f"device {device}: torch knows cpu, and cuda or gpu, with a number (cuda:0) or without"


def _padding_is_known(layer: Conv | DepthwiseConv | Pool, shape: Shape) -> bool:
    dilation = (1,) * len(layer.window) if isinstance(layer, Pool) else layer.dilation
    try:
        around = margins(shape[:-1], layer.window, layer.strides, dilation)
    except ShapeError:
        return False
    counted = isinstance(layer, Pool) and layer.kind == "average" and any(before != after for before, after in around)
    return not (counted and None in shape)
