"""Layers of torch that move a window: convolutions and pools."""

from swapbench_models.neural.generate.statements import sizes, tuple_
from swapbench_models.neural.generate.torch_place import Place
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool
from swapbench_models.neural.network.window import margins


def conv(layer: Conv, place: Place) -> str:
    """Return the call of a convolution; torch pads alike at both ends, so what is uneven is padded before."""
    (x,), ((*lengths, channels),) = place.taken, place.shapes
    padding = ""
    if layer.padding == "same":
        around = margins(tuple(lengths), layer.window, layer.strides, layer.dilation)
        even = all(before == after for before, after in around)
        if even and set(layer.strides) == {1}:
            padding = ', padding="same"'
        elif even:
            padding = f", padding={sizes(tuple(before for before, _ in around))}"
        else:
            x = _padded(x, around)
    more = "".join(
        f", {key}={value}"
        for key, value in (
            ("stride", sizes(layer.strides)),
            ("dilation", sizes(layer.dilation)),
            ("groups", str(layer.groups)),
        )
        if value != "1"
    )
    window = sizes(layer.window)
    made = f"nn.Conv{len(lengths)}d({channels}, {layer.filters}, {window}{more}{padding}{no_bias(layer.bias)})"
    return f"{place.put(made)}({x})"


def depthwise(layer: DepthwiseConv, place: Place) -> str:
    """Return the call of a depthwise convolution: in torch one of as many groups as there are channels."""
    channels = place.shapes[0][-1] or 0
    filters = channels * layer.multiplier
    grouped = Conv(filters, layer.window, layer.strides, layer.padding, layer.dilation, channels, layer.bias)
    return conv(grouped, place)


def conv_transpose(layer: ConvTranspose, place: Place) -> str:
    """Return the call of a transposed convolution, whose result is cut where Keras cuts it."""
    (x,), ((*lengths, channels),), window = place.taken, place.shapes, sizes(layer.window)
    moves = tuple(zip(layer.strides, layer.window, strict=True))
    grown = tuple(max(stride - extent, 0) for stride, extent in moves)
    cut = tuple(max(extent - stride, 0) if layer.padding == "same" else 0 for stride, extent in moves)
    more = "".join(
        f", {key}={sizes(values)}"
        for key, values, default in (
            ("stride", layer.strides, 1),
            ("padding", tuple(each // 2 for each in cut), 0),
            ("output_padding", grown, 0),
        )
        if set(values) != {default}
    )
    made = f"nn.ConvTranspose{len(lengths)}d({channels}, {layer.filters}, {window}{more}{no_bias(layer.bias)})"
    call = f"{place.put(made)}({x})"
    if any(each % 2 for each in cut):  # the odd one is cut at the end, as Keras does
        kept = ", ".join(":-1" if each % 2 else ":" for each in cut)
        return f"{call}[:, :, {kept}]"
    return call


def pool(layer: Pool, place: Place) -> str:
    """Return the call of a pool; an average counts what it covers of the input, and nothing of what is padded."""
    (x,), ((*lengths, _),) = place.taken, place.shapes
    rank = len(lengths)
    function = f"F.{'max' if layer.kind == 'max' else 'avg'}_pool{rank}d"
    window, strides = sizes(layer.window), sizes(layer.strides)
    moved = window if window == strides else f"{window}, {strides}"
    if layer.padding == "valid":
        return f"{function}({x}, {moved})"
    around = margins(tuple(lengths), layer.window, layer.strides, (1,) * rank)
    if not any(sum(each) for each in around):
        return f"{function}({x}, {moved})"
    if all(before == after for before, after in around):
        padding = f"padding={sizes(tuple(before for before, _ in around))}"
        counted = "" if layer.kind == "max" else ", count_include_pad=False"
        return f"{function}({x}, {moved}, {padding}{counted})"
    if layer.kind == "max":
        return f"{function}({_padded(x, around, ', value=-torch.inf')}, {moved})"
    ones = f"torch.ones(1, 1, {', '.join(map(str, lengths))})"
    covered = place.keep(f"{function}({_padded(ones, around)}, {moved})")
    return f"{function}({_padded(x, around)}, {moved}) / {covered}"


def global_pool(layer: GlobalPool, place: Place) -> str:
    """Return the reduction of all places to one."""
    start = 2 if place.first else 1
    kept = ", keepdim=True" if layer.keep else ""
    reduced = "mean" if layer.kind == "average" else "amax"
    return f"{place.taken[0]}.{reduced}({tuple_(tuple(range(start, layer.rank + start)))}{kept})"


def adaptive_pool(layer: AdaptivePool, place: Place) -> str:
    """Return the call of a pool that leaves so many places."""
    function = f"F.adaptive_{'avg' if layer.kind == 'average' else 'max'}_pool{len(layer.places)}d"
    return f"{function}({place.taken[0]}, {tuple_(layer.places)})"


def no_bias(bias: bool) -> str:
    """Return the argument that leaves a bias off, where there is to be none."""
    return "" if bias else ", bias=False"


def _padded(x: str, around: tuple[tuple[int, int], ...], value: str = "") -> str:
    flat = tuple(side for axis in reversed(around) for side in axis)  # torch begins with the last axis
    return f"F.pad({x}, {tuple_(flat)}{value})"
