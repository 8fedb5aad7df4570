"""Words: what a layer is called, and what its settings are in a few words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.dense import Dense, Embedding
from swapbench_models.neural.network.layer import Layer
from swapbench_models.neural.network.merging import Concatenate, Dot, Merge
from swapbench_models.neural.network.normalization import BatchNorm, GroupNorm, LayerNorm
from swapbench_models.neural.network.pointwise import Activation, Code, Dropout, GaussianNoise, Meaningless
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.shaping import Flatten, Permute, Reshape
from swapbench_models.neural.network.times import EachStep, Joined
from swapbench_models.neural.network.window import Sizes

_RECURRENT = {"simple": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
# What it is that a layer does, for its colour.
_KINDS: tuple[tuple[str, tuple[type[Layer], ...]], ...] = (
    ("attention", (Attention,)),
    ("convolution", (Conv, ConvTranspose, DepthwiseConv)),
    ("recurrent", (Recurrent,)),
    ("dense", (Dense, Embedding)),
    ("normalization", (BatchNorm, GroupNorm, LayerNorm)),
    ("merge", (Merge, Concatenate, Dot)),
    ("pooling", (Pool, GlobalPool, AdaptivePool)),
    ("shape", (Flatten, Reshape, Permute, EachStep, Joined, PositionalEncoding)),
    ("pointwise", (Activation, Dropout, GaussianNoise)),
)


def kind(layers: Sequence[Layer]) -> str:
    """Return what layers that belong together do, by the one of them that does most."""
    return next((name for name, types in _KINDS if any(isinstance(layer, types) for layer in layers)), "other")


def name(layer: Layer) -> str:
    """Return what a primitive layer is called where the text has no name for it."""
    match layer:
        case Merge(kind):
            return kind.capitalize()
        case Pool(kind) | AdaptivePool(kind):
            return f"{kind.capitalize()} pool"
        case GlobalPool(kind):
            return f"{kind.capitalize()} pool of all"
        case Recurrent(kind):
            return _RECURRENT[kind]
        case EachStep():
            return "Each step"
        case Joined():
            return "Steps joined"
        case Code():
            return "Lambda"
        case Meaningless(name):
            return name or "Unknown"
    return type(layer).__name__


def settings(layers: Sequence[Layer]) -> tuple[str, ...]:
    """Return the settings of a layer of the text in a few words, from the primitive layers that it stands for."""
    return tuple(dict.fromkeys(_together(layers)))


def _together(layers: Sequence[Layer]) -> Iterator[str]:
    match layers:
        case [Attention(), _, *_]:
            yield from _transformer(layers[0], layers)
        case [DepthwiseConv() as apart, Conv(filters, bias=bias), *_]:  # a separable convolution
            yield _counted(filters, "filter")
            yield from _said(replace(apart, bias=bias))
            yield from (said for layer in layers[2:] for said in _said(layer))
        case [Recurrent(), Recurrent(), merge, *_]:  # both ways
            yield from _said(layers[0])
            if isinstance(merge, Merge):
                yield merge.kind
        case _:
            yield from (said for layer in layers for said in _said(layer))


def _transformer(attention: Layer, layers: Sequence[Layer]) -> Iterator[str]:
    """Yield the settings of one layer of a transformer, and how many there are."""
    yield from _said(attention)
    dense = [layer for layer in layers if isinstance(layer, Dense)]
    yield f"{dense[0].units:,} inner units"
    yield from (layer.kind for layer in layers if isinstance(layer, Activation))
    if len(dense) > 2:
        yield f"{len(dense) // 2} layers"


def _said(layer: Layer) -> Iterator[str]:
    return _SAYING.get(type(layer), _nothing)(layer)


def _nothing(layer: Layer) -> Iterator[str]:
    yield from ()


def _conv(layer: Conv) -> Iterator[str]:
    yield _counted(layer.filters, "filter")
    yield from _window(layer.window, layer.strides, layer.padding, layer.dilation)
    if layer.groups != 1:
        yield f"{layer.groups:,} groups"
    yield from _without(layer.bias)


def _transpose(layer: ConvTranspose) -> Iterator[str]:
    yield _counted(layer.filters, "filter")
    yield from _window(layer.window, layer.strides, layer.padding)
    yield from _without(layer.bias)


def _depthwise(layer: DepthwiseConv) -> Iterator[str]:
    yield from _window(layer.window, layer.strides, layer.padding, layer.dilation)
    if layer.multiplier != 1:
        yield f"{layer.multiplier:,} a channel"
    yield from _without(layer.bias)


def _dense(layer: Dense) -> Iterator[str]:
    yield _counted(layer.units, "unit")
    yield from _without(layer.bias)


def _embedding(layer: Embedding) -> Iterator[str]:
    yield f"{layer.words:,} words of {layer.size:,}"
    if layer.masked:
        yield "0 is padding"


def _pool(layer: Pool) -> Iterator[str]:
    yield from _window(layer.window, layer.strides, layer.padding, natural=layer.window)


def _concatenate(layer: Concatenate) -> Iterator[str]:
    if layer.axis != -1:
        yield f"axis {_axis(layer.axis)}"


def _dot(layer: Dot) -> Iterator[str]:
    yield f"axes {' and '.join(map(_axis, layer.axes))}"
    if layer.normalize:
        yield "cosine"


def _batch_norm(layer: BatchNorm) -> Iterator[str]:
    if layer.momentum != 0.99:
        yield f"momentum {layer.momentum:g}"


def _group_norm(layer: GroupNorm) -> Iterator[str]:
    if layer.groups:
        yield _counted(layer.groups, "group")


def _attention(layer: Attention) -> Iterator[str]:
    yield f"{_counted(layer.heads, 'head')} of {layer.key_size:,}"
    if layer.causal:
        yield "causal"
    if layer.dropout:
        yield f"dropout {layer.dropout:g}"
    yield from _without(layer.bias)


def _recurrent(layer: Recurrent) -> Iterator[str]:
    yield _counted(layer.units, "unit")
    if layer.activation != "tanh":
        yield layer.activation
    if layer.sequences:
        yield "every step"
    if layer.backward:
        yield "backwards"
    if layer.dropout:
        yield f"dropout {layer.dropout:g}"
    if layer.recurrent_dropout:
        yield f"recurrent dropout {layer.recurrent_dropout:g}"
    yield from _without(layer.bias)


def _window(
    window: Sizes, strides: Sizes, padding: str, dilation: Sizes = (), natural: Sizes | None = None
) -> Iterator[str]:
    """Yield a window; of how it moves, what is not `natural`, one place at a time by default."""
    yield _sizes(window)
    if strides != (natural or (1,) * len(window)):
        yield f"stride {strides[0] if len(set(strides)) == 1 else _sizes(strides)}"
    if padding != "valid":
        yield padding
    if any(size != 1 for size in dilation):
        yield f"dilation {dilation[0] if len(set(dilation)) == 1 else _sizes(dilation)}"


def _sizes(sizes: Sizes) -> str:
    return " x ".join(map(str, sizes)) if len(sizes) > 1 else f"window {sizes[0]}"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _without(bias: bool) -> Iterator[str]:
    if not bias:
        yield "no bias"


def _axis(axis: int) -> str:
    """Return an axis as the text has it, where the batch counts."""
    return str(axis + 1 if axis >= 0 else axis)


_SAYING: Mapping[type[Layer], Callable[[Any], Iterator[str]]] = {
    Conv: _conv,
    ConvTranspose: _transpose,
    DepthwiseConv: _depthwise,
    Dense: _dense,
    Embedding: _embedding,
    Pool: _pool,
    GlobalPool: lambda layer: iter(("axes kept",) if layer.keep else ()),
    AdaptivePool: lambda layer: iter((f"{' x '.join(map(str, layer.places))} places",)),
    Attention: _attention,
    Recurrent: _recurrent,
    Activation: lambda layer: iter((layer.kind,)),
    Dropout: lambda layer: iter((f"rate {layer.rate:g}",)),
    GaussianNoise: lambda layer: iter((f"deviation {layer.deviation:g}",)),
    BatchNorm: _batch_norm,
    GroupNorm: _group_norm,
    Concatenate: _concatenate,
    Dot: _dot,
    Permute: lambda layer: iter((f"axes {', '.join(map(str, layer.axes))}",)),
    Code: lambda layer: iter((layer.expression,)),
    Meaningless: lambda layer: iter(("no meaning",)),
}
