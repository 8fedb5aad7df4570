"""Layers of Keras as layers of the language: which one each is, and what its options are called there."""

from collections.abc import Callable, Mapping
from typing import Any

from swapbench_models.neural.keras_configuration.model import Entry, entry
from swapbench_models.neural.keras_configuration.options import arguments
from swapbench_models.neural.keras_configuration.refusals import Refuse, given, said, short
from swapbench_models.neural.language.tree import Call
from swapbench_models.neural.meaning.kinds.kinds import KINDS

_WINDOWED = (
    *(f"Conv{rank}D{way}" for rank in (1, 2, 3) for way in ("", "Transpose")),
    *(f"{kind}Conv{rank}D" for rank in (1, 2) for kind in ("Depthwise", "Separable")),
    *(
        f"{way}{kind}Pooling{rank}D"
        for rank in (1, 2, 3)
        for kind in ("Max", "Average")
        for way in ("", "Global", "Adaptive")
    ),
)
_RECURRENT = ("SimpleRNN", "LSTM", "GRU")
_NORMS = ("BatchNormalization", "LayerNormalization", "GroupNormalization")
_MERGES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
# What has the same name and the same meaning in both; the language's `Attention`, say, is not Keras'.
SAME = frozenset(
    {
        *("Dense", "Embedding", "Flatten", "Reshape", "Permute", "Activation", "Dropout", "GaussianNoise"),
        *("Bidirectional", "TimeDistributed", "MultiHeadAttention", "Concatenate", "Dot"),
        *_WINDOWED,
        *_RECURRENT,
        *_NORMS,
        *_MERGES,
    }
)
# Operations that are these layers where they are given values of layers alone.
OPERATIONS = frozenset({"Add", "Subtract", "Multiply", "Maximum", "Minimum", "Concatenate"})
# Layers that are activations, by their options.
_ACTIVATIONS: Mapping[str, Mapping[str, str]] = {
    "ReLU": {"negative_slope=0, threshold=0": "relu", "max_value=6, negative_slope=0, threshold=0": "relu6"},
    "LeakyReLU": {"negative_slope=0.2": "leaky_relu"},
    "ELU": {"alpha=1": "elu"},
    "Softmax": {"axis=-1": "softmax"},
}
_OWN = ("name", "trainable", "dtype")


def call(layer: Entry, refuse: Refuse, in_order: bool = False) -> Call | None:
    """Return a layer of Keras as one of the language, None where it has none; what it cannot say is refused.

    `in_order`: what it leaves in reverse is turned round after it.
    """
    options = dict(layer.options)
    name = layer.kind
    if name in _ACTIVATIONS and layer.of_keras and not layer.operation:
        name, options = "Activation", _activation(layer, options, refuse)
    if name not in (OPERATIONS if layer.operation else SAME) or not layer.of_keras:
        refuse(_unknown(layer))
        return None
    for asked, value in layer.asked.items():
        if value not in (None, False) and (name, asked) != ("MultiHeadAttention", "use_causal_mask"):
            refuse(f"is called with {asked}={short(value)}, which the language cannot say")
    for kinds, adapt in _ADAPTED:
        if name in kinds:
            adapt(options, layer, refuse)
    if name in _RECURRENT and options.get("go_backwards") and options.get("return_sequences") and not in_order:
        refuse("go_backwards leaves the steps in reverse, and in the language they are in order")
    return Call(name, arguments(KINDS[name].signature, options, refuse))


def _unknown(layer: Entry) -> str:
    if layer.kind in {"Functional", "Sequential", "Model"}:
        return "is a model within the model; build it of the layers themselves"
    if layer.operation:
        return "is an operation that no layer of the language stands for"
    if layer.kind == "Lambda":
        return "is code, which a configuration is never asked for"
    return "there is no such layer in the language"


def _activation(layer: Entry, options: dict[str, Any], refuse: Refuse) -> dict[str, Any]:
    own = {option: value for option, value in given(options).items() if option not in _OWN}
    spelled = ", ".join(f"{option}={said(own[option])}" for option in sorted(own))
    known = _ACTIVATIONS[layer.kind]
    if spelled not in known:
        refuse(f"has {spelled}, and the language has {' or '.join(known)}")
    kept = {option: options[option] for option in _OWN if option in options}
    return {**kept, "activation": known.get(spelled, "relu")}


def _pooling(options: dict[str, Any], layer: Entry, refuse: Refuse) -> None:
    if options.get("strides") == options.get("pool_size"):
        options.pop("strides", None)


def _normalization(options: dict[str, Any], layer: Entry, refuse: Refuse) -> None:
    axis = options.pop("axis", -1)
    last = len(layer.shape or ()) - 1  # the same where the shape is not known
    if axis not in (-1, [-1], last, [last]):
        refuse(f"axis is {short(axis)}, and the language normalizes along the last alone")


def _joining(options: dict[str, Any], layer: Entry, refuse: Refuse) -> None:
    for option in ("axis", "axes"):
        value = options.get(option, -1)
        if 0 in (value if isinstance(value, list) else [value]):
            refuse(f"{option} is {short(value)}, which joins along the batch; examples of the language do not meet")


def _attention(options: dict[str, Any], layer: Entry, refuse: Refuse) -> None:
    axes = options.pop("attention_axes", None)
    if axes is not None and axes != [*range(1, len(layer.shape or ()) - 1)]:
        refuse(f"attention_axes is {short(axes)}, and the language attends over all axes but the last")
    if options.get("value_dim") == options.get("key_dim"):
        options.pop("value_dim", None)
    if layer.asked.get("use_causal_mask"):
        options["causal"] = layer.asked["use_causal_mask"]


def _time_distributed(options: dict[str, Any], layer: Entry, refuse: Refuse) -> None:
    options["layer"] = call(entry(options.get("layer"), f"the layer of {layer.name}"), refuse)


def _bidirectional(options: dict[str, Any], layer: Entry, refuse: Refuse) -> None:
    there = entry(options.get("layer"), f"the layer of {layer.name}")
    told = options.pop("backward_layer", None)
    if told is not None:
        back = entry(told, f"the backward layer of {layer.name}")
        mirrored = {**there.options, "name": back.name, "go_backwards": not there.options.get("go_backwards")}
        # By what is said of them: archives number the initializers, and each layer has its own.
        if (back.kind, _said(back.options)) != (there.kind, _said(mirrored)):
            refuse("backward_layer is not the layer reversed, which is all that the language has")
    # What it says of masks is for the wrapper's use alone.
    inner = {option: value for option, value in there.options.items() if option != "zero_output_for_mask"}
    options["layer"] = call(Entry(there.name, there.kind, there.module, inner), refuse)


def _said(options: Mapping[str, Any]) -> dict[str, str]:
    return {option: said(value) for option, value in options.items()}


_Adapt = Callable[[dict[str, Any], Entry, Refuse], None]
_ADAPTED: tuple[tuple[frozenset[str], _Adapt], ...] = (
    (frozenset(name for name in _WINDOWED if "Pooling" in name), _pooling),
    (frozenset(_NORMS), _normalization),
    (frozenset({"Concatenate", "Dot"}), _joining),
    (frozenset({"MultiHeadAttention"}), _attention),
    (frozenset({"TimeDistributed"}), _time_distributed),
    (frozenset({"Bidirectional"}), _bidirectional),
)
