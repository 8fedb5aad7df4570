"""Templates of small programs of the network language, for each layer and each of its options; plain data.

In a template `<2..5>` stands for a number, `<same|valid>` for one of several texts; which, the draw decides. An entry
is the shape of one input and the layers, or all that stands in the braces of a network.
"""

from itertools import cycle, islice

_AXES = {1: ("<5..8>",), 2: ("<5..8>", "<5..8>"), 3: ("<5..6>", "<5..7>", "<5..6>")}
_NORM = "epsilon=<0.1|0.01>, center=<false|true>, scale=<false|true>"
_ACTIVE = "activation=<relu|tanh|swish>"
_STEPS = "(<4..6>, <2..5>)"


def _each(axes: int, *holes: str) -> str:
    """Return a hole for each axis, over and over the ones that are given, as a tuple where there are several axes."""
    return holes[0] if axes == 1 else f"({', '.join(islice(cycle(holes), axes))})"


def _with_axes(axes: int) -> dict[str, tuple[str, str]]:
    """Return the programs with layers that there are for one, two and three axes."""
    places = ", ".join(_AXES[axes])
    some, even = f"({places}, <1..4>)", f"({places}, <2|4>)"
    window, padding = _each(axes, "<1..4>"), "padding=<same|valid|same>"
    moved = f"{window}, strides={_each(axes, '<2|1|3>', '<3|1|2>')}, {padding}"
    apart = f"{_each(axes, '<1..3>')}, dilation_rate={_each(axes, '<2|1>', '<1|2>')}, {padding}"
    biased = f"use_bias=<false|true>, {_ACTIVE}"
    found = {
        f"Conv{axes}D moved": (some, f"Conv{axes}D(<1..4>, {moved}, {biased})"),
        f"Conv{axes}D apart": (some, f"Conv{axes}D(<1..4>, {apart})"),
        f"Conv{axes}D in groups": (even, f"Conv{axes}D(<4|6|2>, {moved}, groups=2)"),
        f"Conv{axes}D moved and apart": (f"({', '.join('5' * axes)}, 2)", f"Conv{axes}D(2, 2, 2, dilation_rate=2)"),
        f"Conv{axes}DTranspose": (some, f"Conv{axes}DTranspose(<1..4>, {moved}, {biased})"),
    }
    if axes < 3:
        found |= {
            f"DepthwiseConv{axes}D moved": (some, f"DepthwiseConv{axes}D({moved}, depth_multiplier=<2|1|3>, {biased})"),
            f"DepthwiseConv{axes}D apart": (some, f"DepthwiseConv{axes}D({apart}, depth_multiplier=<1|2>)"),
            f"DepthwiseConv{axes}D moved and apart": (some, f"DepthwiseConv{axes}D({apart}, strides=<2|3>)"),
            f"SeparableConv{axes}D moved": (
                some,
                f"SeparableConv{axes}D(<1..4>, {moved}, depth_multiplier=<2|1>, {biased})",
            ),
            f"SeparableConv{axes}D apart": (some, f"SeparableConv{axes}D(<1..4>, {apart})"),
        }
    for kind in ("Max", "Average"):
        found |= {
            f"{kind}Pooling{axes}D": (some, f"{kind}Pooling{axes}D({moved})"),
            f"{kind}Pooling{axes}D of its own strides": (some, f"{kind}Pooling{axes}D({window}, {padding})"),
            f"Global{kind}Pooling{axes}D": (some, f"Global{kind}Pooling{axes}D(keepdims=<true|false>)"),
            f"Adaptive{kind}Pooling{axes}D": (some, f"Adaptive{kind}Pooling{axes}D({_each(axes, '<1..5>')})"),
        }
    found[f"MaxPool{axes}D"] = (f"({', '.join('5' * axes)}, 2)", f"MaxPool{axes}D(3)")
    return found


def _recurrent(kind: str) -> dict[str, tuple[str, str]]:
    more = "use_bias=<false|true>, return_sequences=<true|false>, go_backwards=<true|false>, dropout=<0.2|0.0>"
    fixed = "use_bias=false, return_sequences=true, go_backwards=true"
    return {
        kind: (_STEPS, f"{kind}(<1..5>, {more})"),
        f"{kind} backwards": ("(5, 3)", f"{kind}(4, go_backwards=true)"),
        f"{kind} relu": ("(6, 2)", f"{kind}(4, activation=relu)"),
        f"{kind} recurrent_dropout": ("(5, 3)", f"{kind}(4, recurrent_dropout=0.2)"),
        f"{kind} of any length": ("(None, None, 3)", f"{kind}(3, return_sequences=true)"),
        f"{kind} after a convolution": ("(6, 2)", f"Conv1D(4, 2) {kind}(3, dropout=0.25, {fixed}) Conv1D(2, 2)"),
        f"{kind}DropoutWrapper": ("(4, 2)", f"{kind}DropoutWrapper(3, dropout=0.2)"),
        f"{kind}Cell": ("(3)", f"{kind}Cell(4, use_bias=false)"),
        f"{kind}Cell relu": ("(3)", f"{kind}Cell(4, relu)"),
        f"Bidirectional {kind}": ("(4, 3)", f"Bidirectional({kind}(3, return_sequences=true))"),
    }


def _both_ways() -> dict[str, tuple[str, str]]:
    return {
        f"Bidirectional {mode}": ("(4, 3)", f"Bidirectional(SimpleRNN(3), merge_mode={mode})")
        for mode in ("concat", "sum", "mul", "ave")
    }


def _attention() -> dict[str, tuple[str, str] | str]:
    encoder = "num_heads=2, ff_dim=<4..8>, dropout=<0.0|0.2>, num_layers=<2|1>, activation=<gelu|relu>"
    two = "input: {{first: {0}, second: {1}}} layers: first: {{ }} second: {{ }} {2}"
    heads = "num_heads=<1..3>, key_dim=<2..4>"
    return {
        "MultiHeadAttention": (_STEPS, f"MultiHeadAttention({heads}, value_dim=<2..5>, use_bias=<false|true>)"),
        "MultiHeadAttention dropout": (_STEPS, f"MultiHeadAttention({heads}, dropout=0.2, causal=<false|true>)"),
        "MultiHeadAttention causal": (_STEPS, f"MultiHeadAttention({heads}, causal=true)"),
        "MultiHeadAttention of several axes": ("(3, <2..4>, 4)", "MultiHeadAttention(<1|2|4>, key_dim=2)"),
        "MultiHeadAttention causal of several axes": ("(3, <2..4>, 4)", "MultiHeadAttention(<1|2>, causal=true)"),
        "MultiHeadAttention of two": two.format(_STEPS, _STEPS, f"MultiHeadAttention({heads})"),
        "MultiHeadAttention causal of two": two.format(_STEPS, _STEPS, f"MultiHeadAttention({heads}, causal=true)"),
        "MultiHeadAttention of two of more axes": two.format(
            "(2, <2..4>, 3)", "(3, <2..4>, 5)", f"MultiHeadAttention({heads})"
        ),
        "MultiHeadAttention of two of unlike axes": two.format(
            "(2, <2..4>, 3)", _STEPS, f"MultiHeadAttention({heads})"
        ),
        "MultiHeadAttention of one feature": ("(2, 6)", "MultiHeadAttention(2, 1)"),
        "MultiHeadAttention of any length": ("(None, None, 4)", "MultiHeadAttention(2, causal=<false|true>)"),
        "MultiHeadAttention causal of any lengths": ("(None, None, None, 4)", "MultiHeadAttention(2, causal=true)"),
        "PositionalEncoding": (_STEPS, "PositionalEncoding()"),
        "PositionalEncoding of many": ("(<300|1000>, 64)", "PositionalEncoding()"),
        "TransformerEncoder": ("(<4..6>, <4|6>)", f"TransformerEncoder({encoder})"),
        "TransformerDecoder": ("(<4..6>, <4|6>)", f"TransformerDecoder({encoder})"),
        "TransformerDecoder of two": two.format("(<4..6>, 4)", "(<2..5>, <3..5>)", f"TransformerDecoder({encoder})"),
        "Transformer": ("(<4..6>, 4)", f"Transformer({encoder})"),
        "TransformerEncoder masked": ("(5, 4)", "TransformerEncoder(2, 8, use_attention_mask=true)"),
        "TransformerDecoder masked": ("(5, 4)", "TransformerDecoder(2, 8, use_attention_mask=true)"),
        "Transformer masked": ("(5, 4)", "Transformer(2, 8, use_attention_mask=true)"),
    }


def _many(layer: str) -> str:
    """Return more branches than one line holds the names of."""
    return " ".join(f"branch_{number}: {{ {layer} }}" for number in range(28))


def _joining() -> dict[str, tuple[str, str] | str]:
    found: dict[str, tuple[str, str] | str] = {}
    for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"):
        third = "" if name == "Subtract" else " c: { Dense(4) }"
        found[name] = (
            "(<2..4>, 3)",
            f"a: {{ Dense(4) }} b: {{ Dense(4) }}{third} {name}({_ACTIVE})",
        )
        third = "" if name == "Subtract" else " c: { Conv1D(3, 3, padding=same) }"
        found[f"{name} of convolved"] = (
            "(<5..8>, <1..3>)",
            f"a: {{ Conv1D(3, 2, padding=same) }} b: {{ Dense(3) }}{third} {name}()",
        )
        if name in {"Add", "Average", "Maximum"}:
            found[f"{name} of many"] = ("(6, 2)", f"{_many('Conv1D(1, 1)')} {name}()")
    return found | {
        "Concatenate": ("(4, 3)", f"a: {{ Dense(<1..4>) }} b: {{ Dense(<1..4>) }} Concatenate({_ACTIVE})"),
        "Concatenate of places": (
            "(<5..7>, 3)",
            "a: { Conv1D(2, 2) } b: { Conv1D(2, 3) } c: { Dense(2) } Concatenate(axis=<1|-2>)",
        ),
        "Concatenate of many": ("(3)", f"{_many('Dense(1)')} Concatenate()"),
        "Dot": ("(5)", "a: { Dense(3) } b: { Dense(3) } Dot(axes=<1|-1>, normalize=<true|false>)"),
        "Dot of nothing": ("(5)", "a: { Dense(3, relu) Lambda('x * 0') } b: { Dense(3) } Dot(normalize=true)"),
        "Dot of rows": ("(5, 3)", "a: { Dense(4) } b: { Dense(<4|2>) } Dot(axes=1, normalize=<true|false>)"),
        "Dot of rows and columns": ("(4, 3)", "a: { Dense(5) } b: { Permute((2, 1)) } Dot(axes=(1, <2|-1>))"),
        "Dot of a row and rows": ("(4, 3)", "a: { Flatten() Dense(3) } b: { } Dot(axes=(1, 2), normalize=true)"),
        "Dot of rows and a row": ("(4, 3)", "a: { } b: { Flatten() Dense(3) } Dot(axes=(-1, -1))"),
    }


def _steps() -> dict[str, tuple[str, str]]:
    return {
        "TimeDistributed Dense": ("(<3..5>, 4)", "TimeDistributed(Dense(<1..4>, relu))"),
        "TimeDistributed Conv2D": ("(2, 6, 6, <1..3>)", "TimeDistributed(Conv2D(<1..4>, 3, 2, same))"),
        "TimeDistributed layers": (
            "(<2..4>, 6, 6, 2)",
            "TimeDistributed() { Conv2D(3, 3) BatchNormalization() MaxPooling2D(2) Flatten() Dense(3) } LSTM(3)",
        ),
        "TimeDistributed LSTM": ("(<2..4>, 5, 3)", "TimeDistributed(LSTM(<1..4>, return_sequences=<true|false>))"),
        "TimeDistributed of any length": ("(3, None, 2)", "TimeDistributed(LSTM(<1..4>, return_sequences=true))"),
        "Residual": ("(<4..6>, 3)", f"Residual({_ACTIVE}) {{ Dense(4, relu) Dense(3) }}"),
        "Residual of convolved": (
            "(6, 6, 3)",
            "Conv2D(4, 3, padding=same) Residual() { Conv2D(4, 3, padding=same) BatchNormalization() }",
        ),
        "ResidualConnection": ("(<4..6>, 3)", f"ResidualConnection({_ACTIVE}) {{ Dense(3) }}"),
    }


def _plain() -> dict[str, tuple[str, str] | str]:
    return {
        "Dense": ("<2..5>", f"Dense(<1..5>, use_bias=<false|true>, {_ACTIVE})"),
        "Dense of places": ("(<2..4>, <2..4>, 3)", "Dense(<1..5>)"),
        "Output": ("<2..5>", "Output(<1..5>, use_bias=<false|true>, activation=<softmax|sigmoid|relu>)"),
        "Flatten": ("(<2..3>, <2..3>, 2)", "Flatten() Dense(3)"),
        "Flatten of a row": ("<2..3>", "Flatten() Dense(3)"),
        "Flatten of convolved": ("(6, <4..6>, 2)", "Conv2D(3, 2) MaxPooling2D(2) Flatten() Dense(4)"),
        "Reshape": ("(4, 6)", "Reshape((<2|3|8>, -1))"),
        "Reshape of convolved": ("(4, 6, 2)", "Conv2D(3, 1) Reshape((<8|12>, -1)) Conv1D(2, 3)"),
        "Permute": ("(<2..3>, 4, 5)", "Permute(<(3, 1, 2)|(2, 1, 3)|(3, 2, 1)>)"),
        "Permute of convolved": ("(5, 4, 2)", "Conv2D(3, 2) Permute((3, 1, 2)) Dense(2)"),
        "Dropout": ("<2..5>", "Dropout(<0|0.5|1>) Dense(2)"),
        "GaussianNoise": ("<2..5>", "GaussianNoise(<0|0.5|1|3|4>) Dense(2)"),
        "Embedding": ("<3..6>", "Embedding(<5..9>, <2..4>)"),
        "Embedding beside others": ("<3..6>", "a: { Embedding(7, 3) Flatten() } b: { Dense(4) } Concatenate()"),
        "Embedding of several axes": ("(<2..3>, 4)", "Embedding(<5..9>, <2..4>)"),
        "Embedding masked": ("5", "Embedding(9, 3, mask_zero=true)"),
        "Lambda": ("<2..5>", "Lambda(\"<lambda x: x * 2 + 1|lambda x:(x-1)*x|x ** 2|(lambda y: y)(x)>\")"),
        "Lambda of another shape": ("(2, 4)", "Lambda('lambda x: x[:, 0] * 2', output_shape=(4))"),
        "Lambda of nothing": ("(2, 4)", "Lambda('x + )(')"),
        **{
            f"Activation {kind}": ("(<2..4>, 5)", f"Activation({kind})")
            for kind in (
                "relu", "sigmoid", "tanh", "softmax", "softplus", "softsign", "selu", "elu", "exponential", "linear",
                "gelu", "swish", "leaky_relu", "relu6", "hard_sigmoid", "mish", "log_softmax",
            )
        },
        "Activation of convolved": ("(5, 5, 2)", "Conv2D(3, 2) Activation(<softmax|log_softmax|relu>) Conv2D(2, 2)"),
        "Two inputs": "input: {first: (<3..5>), second: (<2..4>, 3)} layers: "
        "first: { Dense(4) } second: { LSTM(4) } Add() Dense(2, softmax)",
        "Two outputs": "input: (<5..8>, 2) layers: Conv1D(4, 3, activation=relu) "
        "a: { GlobalMaxPooling1D() Dense(3, softmax) } b: { Flatten() Dense(<1..4>) }",
        "Two outputs of convolved": "input: (5, 5, 2) layers: Conv2D(3, 2) a: { } b: { Conv2D(2, 2) }",
        "Many inputs and outputs": "input: { "
        + ", ".join(f"given_{number}: (2)" for number in range(28))
        + " } layers: "
        + " ".join(f"given_{number}: {{ Dense(1) }}" for number in range(28)),
        "An input as it is": "input: (<3..5>) layers: a: { } b: { Dense(2) }",
        "A head alone": ("(3)", "Activation(softmax)"),
        "On devices": ("(4, 3)", 'Conv1D(2, 2) Dense(3) @ "cpu" LSTM(2, dropout=0.1) @ "CPU:0" Dense(2)'),
        "On another device": ("(3)", 'Dense(2) @ "xla:0"'),
        "On any other device": ("(3)", 'Dense(2) @ "XLA"'),
        "Of any size": ("(None, None, None, 2)", "Conv2D(3, 3, padding=same) MaxPooling2D(2) GlobalAveragePooling2D()"),
        "Of any size, padded": ("(None, None, None, 2)", "Conv2D(3, 3, 2, same) GlobalMaxPooling2D()"),
    }  # fmt: skip


def _norms() -> dict[str, tuple[str, str]]:
    shapes = "<(3, 2, 4)|(5, 4)|(4)>"
    deep = "(3, <2..3>, 2, 4)"
    return {
        "BatchNormalization": (shapes, f"BatchNormalization(momentum=<0.9|0.5>, {_NORM})"),
        "BatchNormalization of three axes": (deep, "BatchNormalization()"),
        "BatchNormalization of four axes": ("(2, 3, 2, 2, 4)", "BatchNormalization()"),
        "LayerNormalization": (shapes, f"LayerNormalization({_NORM})"),
        "InstanceNormalization": ("<(5, 4)|(3, 2, 4)>", f"InstanceNormalization({_NORM})"),
        "GroupNormalization": (deep, f"GroupNormalization(groups=<1|2|4|-1>, {_NORM})"),
        "GroupNormalization of a row": ("(6)", f"GroupNormalization(groups=<2|3|1>, {_NORM})"),
        "Normalized convolutions": (
            "(6, 6, 2)",
            "Conv2D(4, 3) BatchNormalization() Activation(relu) GroupNormalization(2) LayerNormalization() Flatten()",
        ),
    }


TABLE: dict[str, tuple[str, str] | str] = {
    **_plain(),
    **_norms(),
    **_with_axes(1),
    **_with_axes(2),
    **_with_axes(3),
    **{name: found for kind in ("SimpleRNN", "LSTM", "GRU") for name, found in _recurrent(kind).items()},
    **_both_ways(),
    **_attention(),
    **_joining(),
    **_steps(),
}

# What is trained with every backend, on examples of three classes.
TRAINED = {
    "Dense": "input: (5) layers: Dense(6, relu) Output(3, softmax)",
    "Places": "input: (6, 6, 2) layers: Conv2D(4, 3, use_bias=false) BatchNormalization() Activation(relu) "
    "MaxPooling2D(2) GroupNormalization(2) SeparableConv2D(4, 2) Flatten() LayerNormalization() Dense(3)",
    "Words": "input: (5) layers: Embedding(9, 4) GRU(4, return_sequences=true) PositionalEncoding() "
    "MultiHeadAttention(2, use_bias=false, causal=true) Flatten() Dense(3, softmax)",
}
