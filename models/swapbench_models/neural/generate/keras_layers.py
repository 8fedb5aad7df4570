"""The layers of Keras: which of its classes a primitive layer is, made with which arguments."""

from dataclasses import dataclass

from swapbench_models.neural.generate.expression import function
from swapbench_models.neural.generate.statements import sizes, tuple_
from swapbench_models.neural.network.attention import Attention
from swapbench_models.neural.network.convolution import Conv, ConvTranspose, DepthwiseConv
from swapbench_models.neural.network.dense import Dense, Embedding
from swapbench_models.neural.network.layer import Layer, Shape
from swapbench_models.neural.network.merging import Concatenate, Dot, Merge
from swapbench_models.neural.network.normalization import BatchNorm, GroupNorm, LayerNorm
from swapbench_models.neural.network.pointwise import Activation, Code, Dropout, GaussianNoise
from swapbench_models.neural.network.pooling import AdaptivePool, GlobalPool, Pool
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.shaping import Flatten, Permute, Reshape
from swapbench_models.neural.network.window import Sizes

_RECURRENT = {"simple": "SimpleRNN", "lstm": "LSTM", "gru": "GRU"}
# Said wherever a layer takes it: else a setting of the user's own would make it another layer.
_LAST = 'data_format="channels_last"'
_NORMS = {BatchNorm: "BatchNormalization", LayerNorm: "LayerNormalization", GroupNorm: "GroupNormalization"}


@dataclass(frozen=True, slots=True)
class Made:
    """What makes a layer of Keras: the name of its class, and the arguments, as source."""

    kind: str
    arguments: tuple[str, ...] = ()


def made(layer: Layer, shapes: tuple[Shape, ...]) -> Made:
    """Return what makes a primitive layer for inputs of these shapes; raises TypeError for one that Keras has not."""
    match layer:
        case Dense(units, bias):
            return Made("Dense", (str(units), *_more(use_bias=(bias, True))))
        case Embedding(words, size):
            return Made("Embedding", (str(words), str(size)))
        case Conv() | DepthwiseConv() | ConvTranspose():
            return _convolution(layer)
        case Pool() | GlobalPool() | AdaptivePool():
            return _pooling(layer, shapes[0])
        case BatchNorm() | LayerNorm() | GroupNorm():
            return _norm(layer)
        case Recurrent():
            return _recurrent(layer)
        case Attention():
            return _attention(layer)
        case Merge() | Concatenate() | Dot():
            return _joining(layer, shapes)
        case Flatten():
            return Made("Flatten", (_LAST,) if len(shapes[0]) > 1 else ())
    return _plain(layer)


def _plain(layer: Layer) -> Made:
    match layer:
        case Reshape(shape):
            return Made("Reshape", (tuple_(shape),))
        case Permute(axes):
            return Made("Permute", (tuple_(axes),))
        case Activation(kind):
            return Made("Activation", (f'"{kind}"',))
        case Dropout(rate):
            return Made("Dropout", (str(rate),))
        case GaussianNoise(deviation):
            return Made("GaussianNoise", (str(deviation),))
        case Code(expression, shape):
            return Made("Lambda", (str(function(expression)), *((f"output_shape={tuple_(shape)}",) if shape else ())))
    raise TypeError(f"{layer!r} is no layer of Keras")


def _convolution(layer: Conv | DepthwiseConv | ConvTranspose) -> Made:
    rank, first = len(layer.window), () if isinstance(layer, DepthwiseConv) else (str(layer.filters),)
    more = _more(
        strides=(sizes(layer.strides), "1"),
        padding=(f'"{layer.padding}"', '"valid"'),
        dilation_rate=("1" if isinstance(layer, ConvTranspose) else sizes(layer.dilation), "1"),
        groups=(layer.groups if isinstance(layer, Conv) else 1, 1),
        depth_multiplier=(layer.multiplier if isinstance(layer, DepthwiseConv) else 1, 1),
        use_bias=(layer.bias, True),
    )
    kind = {Conv: f"Conv{rank}D", DepthwiseConv: f"DepthwiseConv{rank}D", ConvTranspose: f"Conv{rank}DTranspose"}
    return Made(kind[type(layer)], (*first, sizes(layer.window), *more, _LAST))


def evenly(places: Sizes, shape: Shape) -> bool:
    """Return whether so many places divide each axis of a shape but the last."""
    return all(size is not None and size % count == 0 for size, count in zip(shape, places, strict=False))


def _pooling(layer: Pool | GlobalPool | AdaptivePool, shape: Shape) -> Made:
    kind = layer.kind.capitalize()
    match layer:
        case GlobalPool():
            return Made(f"Global{kind}Pooling{layer.rank}D", (*_more(keepdims=(layer.keep, False)), _LAST))
        case AdaptivePool(places=places):
            # Keras' own adaptive pooling ends the process where one place is left of an axis.
            window = tuple((size or 0) // count for size, count in zip(shape, places, strict=False))
            return Made(f"{kind}Pooling{len(places)}D", (sizes(window), _LAST))
    more = _more(strides=(sizes(layer.strides), sizes(layer.window)), padding=(f'"{layer.padding}"', '"valid"'))
    return Made(f"{kind}Pooling{len(layer.window)}D", (sizes(layer.window), *more, _LAST))


def _norm(layer: BatchNorm | LayerNorm | GroupNorm) -> Made:
    # Keras has -1 where each channel is a group of its own.
    groups = (str(layer.groups or -1),) if isinstance(layer, GroupNorm) else ()
    more = _more(
        momentum=(layer.momentum if isinstance(layer, BatchNorm) else 0.99, 0.99),
        epsilon=(layer.epsilon, 1e-3),
        center=(layer.center, True),
        scale=(layer.scale, True),
    )
    return Made(_NORMS[type(layer)], (*groups, *more))


def _recurrent(layer: Recurrent) -> Made:
    more = _more(
        activation=(f'"{layer.activation}"', '"tanh"'),
        use_bias=(layer.bias, True),
        dropout=(layer.dropout, 0.0),
        recurrent_dropout=(layer.recurrent_dropout, 0.0),
        return_sequences=(layer.sequences, False),
        go_backwards=(layer.backward, False),
    )
    return Made(_RECURRENT[layer.kind], (str(layer.units), *more))


def _attention(layer: Attention) -> Made:
    more = _more(
        value_dim=(layer.value_size, layer.key_size), dropout=(layer.dropout, 0.0), use_bias=(layer.bias, True)
    )
    return Made("MultiHeadAttention", (str(layer.heads), str(layer.key_size), *more))


def _joining(layer: Merge | Concatenate | Dot, shapes: tuple[Shape, ...]) -> Made:
    match layer:
        case Merge(kind):
            return Made(kind.capitalize())
        case Concatenate(axis):
            return Made("Concatenate", _more(axis=(axis + 1 if axis >= 0 else axis, -1)))
        case Dot(axes, normalize):
            # Keras counts the batch.
            counted = tuple(axis % len(shape) + 1 for shape, axis in zip(shapes, axes, strict=True))
            return Made("Dot", (sizes(counted), *_more(normalize=(normalize, False))))


def _more(**arguments: tuple[object, object]) -> tuple[str, ...]:
    """Return the arguments that are not what they are by default, each given as its value and that."""
    return tuple(f"{name}={value}" for name, (value, default) in arguments.items() if value != default)
