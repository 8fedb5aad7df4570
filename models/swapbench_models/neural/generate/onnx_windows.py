"""Convolutions and pooling in ONNX, all of which find their channels first."""

from swapbench_models.neural.generate.onnx_nodes import Attributes, Place
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.layer import Layer, Shape, ShapeError
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool
from swapbench_models.neural.network.window import Sizes, margins

_POOLS = {"max": "MaxPool", "average": "AveragePool"}
_REDUCTIONS = {"max": "ReduceMax", "average": "ReduceMean"}


def conv(layer: Conv, place: Place) -> str:
    return _conv(layer, place, layer.groups)


def depthwise(layer: DepthwiseConv, place: Place) -> str:
    return _conv(layer, place, place.shapes[0][-1] or 0)


def _conv(layer: Conv | DepthwiseConv, place: Place, groups: int) -> str:
    attributes = {**_moved(layer.strides, layer.dilation), **_padding(layer, place.shapes[0])}
    if groups > 1:
        attributes["group"] = groups
    return place.put("Conv", *place.taken, *_weights(layer, place), **attributes)


def conv_transpose(layer: ConvTranspose, place: Place) -> str:
    pairs = tuple(zip(layer.window, layer.strides, strict=True))
    attributes = _moved(layer.strides)
    cut = [max(window - stride, 0) if layer.padding == "same" else 0 for window, stride in pairs]
    if any(cut):  # the odd one is cut at the end, as Keras does
        attributes["pads"] = [*(each // 2 for each in cut), *(each - each // 2 for each in cut)]
    grown = [max(stride - window, 0) for window, stride in pairs]
    if any(grown):
        attributes["output_padding"] = grown
    return place.put("ConvTranspose", *place.taken, *_weights(layer, place), **attributes)


def pool(layer: Pool, place: Place) -> str:
    attributes = {"kernel_shape": list(layer.window), **_moved(layer.strides), **_padding(layer, place.shapes[0])}
    return place.put(_POOLS[layer.kind], *place.taken, **attributes)


def global_pool(layer: GlobalPool, place: Place) -> str:
    start = 2 if place.first else 1
    axes = place.constant("axes", value_ints=list(range(start, start + layer.rank)))
    return place.put(_REDUCTIONS[layer.kind], *place.taken, axes, keepdims=int(layer.keep))


def adaptive_pool(layer: AdaptivePool, place: Place) -> str:
    """One pool for the axes of which all windows are alike; the windows of any other axis one after another."""
    sizes = [size or 0 for size in place.shapes[0][:-1]]
    alike = [1 if size % places else size // places for size, places in zip(sizes, layer.places, strict=True)]
    uneven = [number for number, places in enumerate(layer.places) if sizes[number] % places]
    (value,) = place.taken
    if any(window > 1 for window in alike):
        what = "alike" if uneven else ""
        value = place.put(_POOLS[layer.kind], value, what=what, kernel_shape=alike, strides=alike)
    for number in uneven:
        what = "" if number == uneven[-1] else f"axis_{number + 2}.all"
        value = _windows(layer, place, value, number, what)
    return value


def _windows(layer: AdaptivePool, place: Place, value: str, number: int, what: str) -> str:
    """Reduce each window of one axis, which begins and ends at the places nearest to an even division."""
    size, places = place.shapes[0][number] or 0, layer.places[number]
    name = f"axis_{number + 2}"
    axis = place.constant(name, value_ints=[number + 2])
    found = []
    for window in range(places):
        start = place.constant(f"{name}.start_{window + 1}", value_ints=[window * size // places])
        end = place.constant(f"{name}.end_{window + 1}", value_ints=[-(-(window + 1) * size // places)])
        seen = place.put("Slice", value, start, end, axis, what=f"{name}.window_{window + 1}")
        found.append(place.put(_REDUCTIONS[layer.kind], seen, axis, what=f"{name}.place_{window + 1}"))
    return place.put("Concat", *found, what=what, axis=number + 2)


def _weights(layer: Conv | DepthwiseConv | ConvTranspose, place: Place) -> tuple[str, ...]:
    return (place.part("kernel"), place.part("bias")) if layer.bias else (place.part("kernel"),)


def _moved(strides: Sizes, dilation: Sizes = ()) -> Attributes:
    """Return strides and dilation as attributes, without those that are 1, as they are by default."""
    pairs = {"strides": list(strides), "dilations": list(dilation)}
    return {name: sizes for name, sizes in pairs.items() if any(size != 1 for size in sizes)}


def _padding(layer: Conv | DepthwiseConv | Pool, shape: Shape) -> Attributes:
    """Return the attribute that pads as Keras does.

    onnxruntime finds out by itself unless a window is dilated or has gaps before the next; numbers are for these.
    """
    if layer.padding == "valid":
        return {}
    dilation = (1,) * len(layer.window) if isinstance(layer, Pool) else layer.dilation
    touching = all(window >= stride for window, stride in zip(layer.window, layer.strides, strict=True))
    if touching and set(dilation) == {1}:
        return {"auto_pad": "SAME_UPPER"}
    around = margins(shape[:-1], layer.window, layer.strides, dilation)
    pads = [*(before for before, _ in around), *(after for _, after in around)]
    return {"pads": pads} if any(pads) else {}


def unpadded(layer: Layer, shape: Shape) -> str | None:
    """Return why a layer cannot be padded, None where it can."""
    if isinstance(layer, Conv | DepthwiseConv | Pool):
        try:
            _padding(layer, shape)
        except ShapeError as error:
            return f"padding same {error}"
    return None
