"""Layers in ONNX: the nodes that each puts into the graph."""

from collections.abc import Callable
from typing import Any

from swapbench_models.neural.generate.onnx_nodes import Attributes, Expression, Place
from swapbench_models.neural.generate.onnx_sequences import attention, positional_encoding, recurrent
from swapbench_models.neural.generate.onnx_windows import (
    adaptive_pool,
    conv,
    conv_transpose,
    depthwise,
    global_pool,
    pool,
)
from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.dense import Dense, Embedding
from swapbench_models.neural.network.layer import Layer, Shape
from swapbench_models.neural.network.merging import Concatenate, Dot, Merge
from swapbench_models.neural.network.normalization import BatchNorm, GroupNorm, LayerNorm
from swapbench_models.neural.network.pointwise import Activation, Dropout, GaussianNoise
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.shaping import Flatten, Permute, Reshape
from swapbench_models.neural.network.times import EachStep, Joined

# Activations that are one operator, with what Keras has for its attributes.
_OPERATORS: dict[str, tuple[str, Attributes]] = {
    "relu": ("Relu", {}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "softmax": ("Softmax", {"axis": -1}),
    "log_softmax": ("LogSoftmax", {"axis": -1}),
    "softplus": ("Softplus", {}),
    "softsign": ("Softsign", {}),
    "selu": ("Selu", {}),
    "elu": ("Elu", {}),
    "exponential": ("Exp", {}),
    "gelu": ("Gelu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": 0.2}),
    "hard_sigmoid": ("HardSigmoid", {"alpha": Expression("1 / 6"), "beta": 0.5}),
    "mish": ("Mish", {}),
}
# Of two inputs and of more; what has none for more is done two by two.
_MERGES: dict[str, tuple[str, str | None]] = {
    "add": ("Add", "Sum"),
    "subtract": ("Sub", None),
    "multiply": ("Mul", None),
    "average": ("Mean", "Mean"),
    "maximum": ("Max", "Max"),
    "minimum": ("Min", "Min"),
}


def lay(layer: Layer, place: Place) -> str:
    """Put a layer's nodes in and return the name of what leaves it; raises TypeError for one that ONNX cannot do."""
    if type(layer) not in _WRITERS:
        raise TypeError(f"{layer!r} has no nodes in ONNX")
    return _WRITERS[type(layer)](layer, place)


def _through(layer: Layer, place: Place) -> str:
    """What only training has leaves its input as it is."""
    return place.taken[0]


def _dense(layer: Dense, place: Place) -> str:
    (x,), kernel, bias = place.taken, place.part("kernel"), place.part("bias")
    if not layer.bias:
        return place.put("MatMul", x, kernel)
    if len(place.shapes[0]) == 1:
        return place.put("Gemm", x, kernel, bias)
    return place.put("Add", place.put("MatMul", x, kernel, what="product"), bias)


def _embedding(layer: Embedding, place: Place) -> str:
    return place.put("Gather", place.part("embeddings"), *place.taken)


def _norm(layer: BatchNorm | LayerNorm | GroupNorm, place: Place) -> str:
    size = place.shapes[0][-1] or 0
    gamma = place.part("gamma") if layer.scale else place.constant("gamma", value_floats=Expression(f"[1.0] * {size}"))
    if isinstance(layer, LayerNorm):
        offset = (place.part("beta"),) if layer.center else ()
        return place.put("LayerNormalization", *place.taken, gamma, *offset, axis=-1, epsilon=layer.epsilon)
    beta = place.part("beta") if layer.center else place.constant("beta", value_floats=Expression(f"[0.0] * {size}"))
    if isinstance(layer, BatchNorm):
        moving = place.part("moving_mean"), place.part("moving_variance")
        return place.put("BatchNormalization", *place.taken, gamma, beta, *moving, epsilon=layer.epsilon)
    groups = layer.groups or size
    return place.put("GroupNormalization", *place.taken, gamma, beta, num_groups=groups, epsilon=layer.epsilon)


def _activation(layer: Activation, place: Place) -> str:
    (x,) = place.taken
    match layer.kind:
        case "linear":
            return x
        case "swish":
            return place.put("Mul", x, place.put("Sigmoid", x, what="gate"))
        case "relu6":
            bounds = place.constant("least", value_float=0.0), place.constant("most", value_float=6.0)
            return place.put("Clip", x, *bounds)
    operator, attributes = _OPERATORS[layer.kind]
    return place.put(operator, x, **attributes)


def _merge(layer: Merge, place: Place) -> str:
    pair, several = _MERGES[layer.kind]
    if len(place.taken) == 2:
        return place.put(pair, *place.taken)
    if several is not None:
        return place.put(several, *place.taken)
    value, *others, last = place.taken
    for number, other in enumerate(others, 1):
        value = place.put(pair, value, other, what=f"part_{number}")
    return place.put(pair, value, last)


def _concatenate(layer: Concatenate, place: Place) -> str:
    return place.put("Concat", *place.taken, axis=layer.axis if layer.axis < 0 else layer.axis + 1)


def _dot(layer: Dot, place: Place) -> str:
    letters = iter("bcde")
    taken, terms, kept = list(place.taken), [], ""
    for number, (shape, axis) in enumerate(zip(place.shapes, layer.axes, strict=True)):
        names = ["s" if each == axis % len(shape) else next(letters) for each in range(len(shape))]
        kept += "".join(name for name in names if name != "s")
        terms.append("n" + "".join(names))
        if layer.normalize:
            taken[number] = _unit(place, taken[number], axis % len(shape) + 1, ("first", "second")[number])
    equation = f"{','.join(terms)}->n{kept}"
    if kept:
        return place.put("Einsum", *taken, equation=equation)
    products = place.put("Einsum", *taken, what="products", equation=equation)
    return place.put("Unsqueeze", products, place.constant("last", value_ints=[1]))


def _unit(place: Place, value: str, axis: int, which: str) -> str:
    """Bring vectors along an axis to length 1; Keras takes no length to be smaller than its epsilon."""
    axes = place.constant(f"{which}.axis", value_ints=[axis])
    length = place.put("ReduceL2", value, axes, what=f"{which}.length")
    least = place.constant(f"{which}.least", value_float=1e-7)
    return place.put("Div", value, place.put("Max", length, least, what=f"{which}.divisor"), what=which)


def _flatten(layer: Flatten, place: Place) -> str:
    return place.taken[0] if len(place.shapes[0]) == 1 else place.put("Flatten", *place.taken, axis=1)


def _reshape(layer: Reshape, place: Place) -> str:
    return _reshaped(place, (-1,), place.shape, 0)


def _permute(layer: Permute, place: Place) -> str:
    return place.put("Transpose", *place.taken, perm=(0, *layer.axes))


def _each_step(layer: EachStep, place: Place) -> str:
    return _reshaped(place, (-1,), place.shape, 2)


def _joined(layer: Joined, place: Place) -> str:
    return _reshaped(place, (-1, layer.steps), place.shapes[0], 1)


def _reshaped(place: Place, lead: tuple[int, ...], rest: Shape, start: int) -> str:
    """Reshape to axes of which those after `lead` are, where a length is unknown, the input's own from `start` on."""
    known = tuple(size for size in rest if size is not None)
    if len(known) == len(rest):
        return place.put("Reshape", *place.taken, place.constant("shape", value_ints=[*lead, *known]))
    sizes = place.put("Shape", *place.taken, what="sizes", start=start)
    shape = place.put("Concat", place.constant("lead", value_ints=lead), sizes, what="shape", axis=0)
    return place.put("Reshape", *place.taken, shape)


_WRITERS: dict[type[Layer], Callable[[Any, Place], str]] = {
    Dense: _dense,
    Embedding: _embedding,
    Conv: conv,
    DepthwiseConv: depthwise,
    ConvTranspose: conv_transpose,
    Pool: pool,
    GlobalPool: global_pool,
    AdaptivePool: adaptive_pool,
    BatchNorm: _norm,
    LayerNorm: _norm,
    GroupNorm: _norm,
    Recurrent: recurrent,
    Attention: attention,
    PositionalEncoding: positional_encoding,
    Merge: _merge,
    Concatenate: _concatenate,
    Dot: _dot,
    Flatten: _flatten,
    Reshape: _reshape,
    Permute: _permute,
    EachStep: _each_step,
    Joined: _joined,
    Activation: _activation,
    Dropout: _through,
    GaussianNoise: _through,
}
