"""Kinds that read a sequence step by step, or each step by every other: recurrent ones and attention."""

from functools import partial
from typing import Any

from swapbench_models.neural.meaning.converters import call, flag, one_of, optional, part, positive
from swapbench_models.neural.meaning.kinds.kind import BIAS, kind, single
from swapbench_models.neural.meaning.signature import Parameter
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.network.attention import Attention, PositionalEncoding
from swapbench_models.neural.network.layer import told
from swapbench_models.neural.network.merging import Concatenate, Merge
from swapbench_models.neural.network.recurrent import Recurrent
from swapbench_models.neural.network.shaping import Reshape

_NAMES = {"SimpleRNN": "simple", "LSTM": "lstm", "GRU": "gru"}
_MERGES = {"sum": "add", "mul": "multiply", "ave": "average"}


def _recurrent(of: str, use: Use) -> int:
    return use.graph.put(_layer(of, use.given), use.input)


def _layer(of: str, given: dict[str, Any], backward: bool = False) -> Recurrent:
    return Recurrent(
        of,
        given["units"],
        given.get("return_sequences", False),
        given.get("go_backwards", False) != backward,
        given["activation"],
        given["use_bias"],
        given.get("dropout", 0.0),
        given.get("recurrent_dropout", 0.0),
    )


def _cell(of: str, use: Use) -> int:
    """One step of a recurrent layer, from a state of zeros."""
    shape = use.graph.shape(use.input)
    if shape is None or len(shape) != 1 or shape[0] is None:
        if shape is not None:
            use.graph.refuse(f"takes the features of one step, found {told(shape)}")
        return use.input
    sequence = use.graph.put(Reshape((1, shape[0])), use.input)
    return use.graph.put(_layer(of, use.given), sequence)


def _bidirectional(use: Use) -> int:
    """A recurrent layer and its mirror image, which reads from the end (Schuster and Paliwal, 1997)."""
    read, graph = use.given["layer"], use.graph
    name = next((name for name in _READERS if name.lower() == read.name.lower()), None)
    if name is None:
        graph.refuse(f"reads from both ends what {', '.join(_NAMES)} reads from one, found {read.name}")
        return use.input
    given = use.bind(_READERS[name].signature, read)
    if given is None:
        return graph.lost()
    of = _NAMES[name.removesuffix("DropoutWrapper")]
    there, back = (graph.put(_layer(of, given, backward), use.input) for backward in (False, True))
    merge = use.given["merge_mode"]
    return graph.put(Concatenate() if merge == "concat" else Merge(_MERGES[merge]), there, back)


def _attention(use: Use) -> int:
    given = use.given
    shapes = [use.graph.shape(value) for value in use.inputs]
    features = shapes[0][-1] if shapes[0] else None
    key = given["key_dim"] or max((features or given["num_heads"]) // given["num_heads"], 1)
    if given["key_dim"] is None and features and features % given["num_heads"]:
        use.graph.refuse(f"has {given['num_heads']} heads, which do not divide its input's {features} features")
    layer = Attention(
        given["num_heads"], key, given["value_dim"] or key, given["dropout"], given["use_bias"], given["causal"]
    )
    return use.graph.put(layer, *use.inputs)


_UNITS = (Parameter("units", positive), Parameter("activation", one_of("tanh", "relu"), "tanh"))
_READING = (
    *_UNITS,
    Parameter("return_sequences", flag, False),
    Parameter("dropout", part, 0.0),
    Parameter("recurrent_dropout", part, 0.0),
    Parameter("go_backwards", flag, False),
    BIAS,
)
_READERS = {
    name: kind(name, partial(_recurrent, _NAMES[name.removesuffix("DropoutWrapper")]), *_READING)
    for name in (*_NAMES, *(f"{name}DropoutWrapper" for name in _NAMES))
}
SEQUENCES = (
    *_READERS.values(),
    *(kind(f"{name}Cell", partial(_cell, of), *_UNITS, BIAS) for name, of in _NAMES.items()),
    kind(
        "Bidirectional",
        _bidirectional,
        Parameter("layer", call),
        Parameter("merge_mode", one_of("concat", "sum", "mul", "ave"), "concat"),
    ),
    kind(
        "MultiHeadAttention",
        _attention,
        Parameter("num_heads", positive, aliases=("heads",)),
        Parameter("key_dim", optional(positive), None),
        Parameter("value_dim", optional(positive), None),
        Parameter("dropout", part, 0.0),
        BIAS,
        Parameter("causal", flag, False, ("use_causal_mask",)),
    ),
    kind("PositionalEncoding", single(PositionalEncoding)),
)
