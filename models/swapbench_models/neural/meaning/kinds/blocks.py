"""Kinds that stand for a whole block: transformers, and what holds further layers in its braces."""

from swapbench_models.neural.language.tree import Layer
from swapbench_models.neural.meaning.converters import activation, call, flag, optional, part, positive
from swapbench_models.neural.meaning.kinds.kind import ACTIVATION, kind
from swapbench_models.neural.meaning.signature import Parameter
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.network.attention import Attention
from swapbench_models.neural.network.dense import Dense
from swapbench_models.neural.network.layer import told
from swapbench_models.neural.network.merging import Merge
from swapbench_models.neural.network.normalization import LayerNorm
from swapbench_models.neural.network.pointwise import Dropout
from swapbench_models.neural.network.times import EachStep, Joined

# What a sum is divided by in a layer normalization of an encoder, as the paper's own code has it.
_EPSILON = 1e-6


def _residual(use: Use) -> int:
    """What leaves the layers in its braces, added to what entered them (He et al., 2015)."""
    if not use.body:
        use.graph.refuse("adds what leaves the layers in its braces to what enters them, and has none")
        return use.input
    entered = use.input
    part = use.graph.parts[-1]
    left = use.lay_out(use.body, (entered,))
    use.graph.begin(part.label, part.at, part.group, part.device)
    return use.activated(use.graph.put(Merge("add"), *left, entered))


def _time_distributed(use: Use) -> int:
    """A layer applied to each step by itself: the steps become examples, and steps again after it."""
    graph, layer = use.graph, use.given["layer"]
    if (layer is None) == (not use.body):
        graph.refuse("takes one layer, TimeDistributed(Dense(10)), or layers in braces")
        return use.input
    shape = graph.shape(use.input)
    if shape is not None and (len(shape) < 2 or shape[0] is None):
        graph.refuse(f"takes a known number of steps before other axes, found {told(shape)}")
        return use.input
    part = graph.parts[-1]
    each = graph.put(EachStep(), use.input)
    *others, left = use.lay_out(use.body or (Layer(layer.name, layer.arguments, at=layer.at),), (each,))
    graph.begin(part.label, part.at, part.group, part.device)
    if others:
        graph.refuse(f"leaves one value of each step, found {1 + len(others)}; join them in its braces")
    return graph.put(Joined(shape[0] or 0 if shape else 0), left)


def _transformer_encoder(use: Use) -> int:
    """Attention, sum, normalization, two dense layers, sum, normalization; so many times (Vaswani et al., 2017)."""
    return _transformer(use, causal=False)


def _transformer_decoder(use: Use) -> int:
    """The same with attention to what came before alone, and, of two inputs, attention to the second after it."""
    return _transformer(use, causal=True)


def _transformer(use: Use, causal: bool) -> int:
    graph, given = use.graph, use.given
    value, others = use.inputs[0], use.inputs[1:]
    if not causal or len(others) > 1:
        value = use.input
        others = ()
    shape = graph.shape(value)
    if shape is None:
        return graph.lost()
    if len(shape) < 2 or shape[-1] is None:
        graph.refuse(f"takes (steps, features), found {told(shape)}")
        return value
    features, heads = shape[-1], given["num_heads"]
    if features % heads:
        graph.refuse(f"has {heads} heads, which do not divide its input's {features} features")
    size = max(features // heads, 1)
    for _ in range(given["num_layers"]):
        value = _added(
            use,
            value,
            graph.put(
                Attention(heads, size, size, given["dropout"], causal=causal, masked=given["use_attention_mask"]), value
            ),
        )
        if others:
            attended = graph.put(Attention(heads, size, size, given["dropout"]), value, *others)
            value = _added(use, value, attended)
        inner = use.activated(graph.put(Dense(given["ff_dim"]), value))
        value = _added(use, value, graph.put(Dense(features), inner))
    return value


def _added(use: Use, entered: int, left: int) -> int:
    """Return the normalized sum of what entered a sublayer and of what left it, some of which is dropped."""
    dropped = use.graph.put(Dropout(use.given["dropout"]), left) if use.given["dropout"] else left
    return use.graph.put(LayerNorm(_EPSILON), use.graph.put(Merge("add"), entered, dropped))


_TRANSFORMER = (
    Parameter("num_heads", positive, 8, ("heads",)),
    Parameter("ff_dim", positive, 512),
    Parameter("dropout", part, 0.1, ("rate",)),
    Parameter("num_layers", positive, 1, ("layers",)),
    Parameter("activation", activation, "relu"),
    Parameter("use_attention_mask", flag, False),
)
BLOCKS = (
    *(kind(name, _residual, ACTIVATION, holds=True) for name in ("Residual", "ResidualConnection")),
    kind("TimeDistributed", _time_distributed, Parameter("layer", optional(call), None), holds=True, apart=True),
    *(kind(name, _transformer_encoder, *_TRANSFORMER) for name in ("Transformer", "TransformerEncoder")),
    kind("TransformerDecoder", _transformer_decoder, *_TRANSFORMER),
)
