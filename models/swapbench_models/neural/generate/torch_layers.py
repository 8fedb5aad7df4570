"""Layers in torch: the expression that each is in `forward`, and the module that it needs for that."""

from collections.abc import Callable
from typing import Any

from swapbench_models.neural.generate.expression import function
from swapbench_models.neural.generate.statements import fits
from swapbench_models.neural.generate.torch_place import Place
from swapbench_models.neural.generate.torch_sequences import attention, positional_encoding, recurrent
from swapbench_models.neural.generate.torch_windows import (
    adaptive_pool,
    conv,
    conv_transpose,
    depthwise,
    global_pool,
    no_bias,
    pool,
)
from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.dense import Dense, Embedding
from swapbench_models.neural.network.layer import Layer
from swapbench_models.neural.network.merging import Concatenate, Dot, Merge
from swapbench_models.neural.network.normalization import BatchNorm, GroupNorm, LayerNorm
from swapbench_models.neural.network.pointwise import Activation, Code, Dropout, GaussianNoise
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.shaping import Flatten, Permute, Reshape
from swapbench_models.neural.network.times import EachStep, Joined

_ACTIVATIONS = {
    "relu": "F.relu({})",
    "sigmoid": "torch.sigmoid({})",
    "tanh": "torch.tanh({})",
    "softmax": "F.softmax({}, -1)",
    "log_softmax": "F.log_softmax({}, -1)",
    "softplus": "F.softplus({})",
    "softsign": "F.softsign({})",
    "selu": "F.selu({})",
    "elu": "F.elu({})",
    "exponential": "torch.exp({})",
    "gelu": "F.gelu({})",
    "swish": "F.silu({})",
    "leaky_relu": "F.leaky_relu({}, 0.2)",
    "relu6": "F.relu6({})",
    "hard_sigmoid": "F.hardsigmoid({})",
    "mish": "F.mish({})",
    "linear": "{}",
}
_MERGES = {"add": " + ", "subtract": " - ", "multiply": " * ", "average": " + "}


def lay(layer: Layer, place: Place) -> str:
    """Return the expression that a layer is; raises TypeError for one that torch cannot do."""
    if type(layer) not in _WRITERS:
        raise TypeError(f"{layer!r} has no source in torch")
    return _WRITERS[type(layer)](layer, place)


def _dense(layer: Dense, place: Place) -> str:
    made = f"nn.Linear({place.shapes[0][-1]}, {layer.units}{no_bias(layer.bias)})"
    return f"{place.put(made)}({place.taken[0]})"


def _embedding(layer: Embedding, place: Place) -> str:
    return f"{place.put(f'nn.Embedding({layer.words}, {layer.size})')}({place.taken[0]}.long())"


def _norm(layer: BatchNorm | LayerNorm | GroupNorm, place: Place) -> str:
    (x,), ((*lengths, size),), affine = place.taken, place.shapes, layer.center or layer.scale
    match layer:
        case BatchNorm():
            rank = len(lengths) if 1 <= len(lengths) <= 3 else 1
            made = f"nn.BatchNorm{rank}d({size}, {layer.epsilon}, {round(1 - layer.momentum, 12)}"
        case LayerNorm():
            made = f"nn.LayerNorm({size}, {layer.epsilon}"
        case GroupNorm():
            made = f"nn.GroupNorm({layer.groups or size}, {size}, {layer.epsilon}"
    off = "elementwise_affine" if isinstance(layer, LayerNorm) else "affine"
    module = place.put(made + ("" if affine else f", {off}=False") + ")")
    if affine and not layer.center:
        place.also(f"{module}.bias.requires_grad_(False)")
    if affine and not layer.scale:
        place.also(f"{module}.weight.requires_grad_(False)")
    if isinstance(layer, BatchNorm) and len(lengths) > 3:  # more axes than torch has norms for
        return f"{module}({x}.flatten(2)).reshape({x}.shape)"
    return f"{module}({x})"


def _merge(layer: Merge, place: Place) -> str:
    kind, taken = layer.kind, place.taken
    if kind in {"maximum", "minimum"}:
        if len(taken) == 2:
            return f"torch.{kind}({', '.join(taken)})"
        return f"torch.stack({place.several()}).{'amax' if kind == 'maximum' else 'amin'}(0)"
    joined = _MERGES[kind].join(taken)
    if not fits(joined, 32):
        joined = "\n    ".join((f"(\n    {taken[0]}", *(f"{_MERGES[kind].strip()} {x}" for x in taken[1:]))) + "\n)"
    elif kind == "average":
        joined = f"({joined})"
    return f"{joined} / {len(taken)}" if kind == "average" else joined


def _concatenate(layer: Concatenate, place: Place) -> str:
    return f"torch.cat({place.several()}, {layer.axis if layer.axis < 0 else layer.axis + 1})"


def _dot(layer: Dot, place: Place) -> str:
    shapes, taken = place.shapes, place.taken
    letters = iter("bcde")
    terms, kept = [], ""
    for shape, axis in zip(shapes, layer.axes, strict=True):
        names = ["s" if number == axis % len(shape) else next(letters) for number in range(len(shape))]
        kept += "".join(name for name in names if name != "s")
        terms.append("n" + "".join(names))
    if layer.normalize:
        taken = tuple(
            f"F.normalize({x}, dim={axis % len(shape) + 1}, eps=1e-7)"
            for x, shape, axis in zip(taken, shapes, layer.axes, strict=True)
        )
    found = f'torch.einsum("{",".join(terms)}->n{kept}", {", ".join(taken)})'
    return found if kept else f"{found}.unsqueeze(-1)"


def _flatten(layer: Flatten, place: Place) -> str:
    return place.taken[0] if len(place.shapes[0]) == 1 else f"{place.taken[0]}.flatten(1)"


def _reshape(layer: Reshape, place: Place) -> str:
    left = layer.output_shape(*place.shapes)
    return f"{place.taken[0]}.reshape(-1, {', '.join(map(str, left))})"


def _permute(layer: Permute, place: Place) -> str:
    return f"{place.taken[0]}.permute({', '.join(map(str, (0, *layer.axes)))})"


def _activation(layer: Activation, place: Place) -> str:
    return _ACTIVATIONS[layer.kind].format(place.taken[0])


def _dropout(layer: Dropout, place: Place) -> str:
    return f"{place.put(f'nn.Dropout({layer.rate})')}({place.taken[0]})"


def _noise(layer: GaussianNoise, place: Place) -> str:
    x = place.taken[0]
    return f"{x} + {layer.deviation} * torch.randn_like({x}) if self.training else {x}"


def _code(layer: Code, place: Place) -> str:
    return f"({function(layer.expression)})({place.taken[0]})"


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
    EachStep: lambda _, place: f"{place.taken[0]}.flatten(0, 1)",
    Joined: lambda layer, place: f"{place.taken[0]}.unflatten(0, (-1, {layer.steps}))",
    Activation: _activation,
    Dropout: _dropout,
    GaussianNoise: _noise,
    Code: _code,
}
