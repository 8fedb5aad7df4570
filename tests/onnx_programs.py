"""Small networks that between them have every primitive layer, for tests of backends against each other."""

from swapbench_models.neural.network.pointwise import ACTIVATIONS

PAIR, THREE = "{ a: (6, 8) b: (6, 8) }", "{ a: (6, 8) b: (6, 8) c: (6, 8) }"

# What stands after `input:` and after `layers:` in a network.
PROGRAMS = {
    "dense": ("(7,)", "Dense(5, 'relu') Dense(3, use_bias=false) Output(2, 'softmax')"),
    "dense of sequences": ("(None, None, 7)", "Dense(5) Dense(3, use_bias=false)"),
    "embedding": ("(6,)", "Embedding(9, 4) Flatten() Output(1, 'sigmoid')"),
    "embedding beside its numbers": ("(6,)", "a: { Embedding(9, 1) Flatten() } b: { Dense(6) } Add()"),
    "activations": ("(4, 5)", " ".join(f"Dense(5, '{kind}')" for kind in ACTIVATIONS)),
    "activations of pictures": ("(5, 6, 2)", "Conv2D(3, 2, activation='softmax') Conv2D(3, 2, activation='swish')"),
    "conv": ("(11, 4)", "Conv1D(6, 3, padding='same', groups=2) Conv1D(3, 4, 3, padding='same', use_bias=false)"),
    "conv with gaps": ("(9, 8, 2)", "Conv2D(3, 2, (3, 4), padding='same')"),
    "conv dilated": ("(9, 9, 2)", "Conv2D(3, 3, dilation_rate=(2, 1)) Conv2D(2, 3, padding='same', dilation_rate=2)"),
    "conv of any size": ("(None, None, None, 2)", "Conv2D(3, 3, padding='same', dilation_rate=2)"),
    "conv of volumes": ("(5, 6, 7, 2)", "Conv3D(3, (2, 3, 2), 2, padding='same')"),
    "conv of each channel": ("(7, 8, 3)", "DepthwiseConv2D(3, depth_multiplier=2) SeparableConv2D(4, 2, 2)"),
    "conv transpose": ("(4, 5, 3)", "Conv2DTranspose(4, (2, 5), (3, 2), padding='same') Conv2DTranspose(2, 2, 3)"),
    "max pool": ("(9, 8, 2)", "MaxPooling2D((3, 2), 2, padding='same') MaxPooling2D(1, 3, padding='same')"),
    "average pool": ("(9, 8, 2)", "AveragePooling2D((3, 2), (2, 3), padding='same') AveragePooling2D(2)"),
    "global max pool": ("(6, 5, 2)", "GlobalMaxPooling2D()"),
    "global average pool": ("(6, 5, 2)", "Conv2D(3, 2) GlobalAveragePooling2D(keepdims=true)"),
    "adaptive pool": ("(8, 9, 2)", "a: { AdaptiveMaxPooling2D((4, 5)) } b: { AdaptiveAveragePooling2D((3, 4)) }"),
    "batch norm": ("(5, 4, 3)", "BatchNormalization() Flatten() BatchNormalization(center=false, scale=false)"),
    "layer norm": ("(5, 4)", "LayerNormalization() LayerNormalization(scale=false) LayerNormalization(center=false)"),
    "group norm": ("(5, 4, 6)", "GroupNormalization(3) GroupNormalization(2, scale=false)"),
    "instance norm": ("(5, 4, 6)", "InstanceNormalization(center=false)"),
    "simple recurrent": ("(6, 3)", "SimpleRNN(4, 'relu', true) SimpleRNN(3, go_backwards=true)"),
    "lstm": ("(6, 3)", "LSTM(4, return_sequences=true, go_backwards=true) LSTM(3, use_bias=false)"),
    "gru": ("(None, None, 3)", "GRU(4, return_sequences=true, use_bias=false) GRU(3, go_backwards=true, dropout=0.5)"),
    "bidirectional": ("(6, 3)", "Bidirectional(LSTM(4, return_sequences=true), 'sum') Bidirectional(GRU(2))"),
    "attention": ("(3, 4, 8)", "MultiHeadAttention(2, causal=true) MultiHeadAttention(3, 5, 7, use_bias=false)"),
    "attention to another": ("{ a: (6, 8) b: (4, 3) }", "MultiHeadAttention(2, causal=true)"),
    "transformer": ("(6, 8)", "PositionalEncoding() TransformerEncoder(2, 5) TransformerDecoder(4, 3)"),
    "difference": (PAIR, "Subtract()"),
    "mean": (PAIR, "Average()"),
    "sum of more": (THREE, "Add()"),
    "product of more": (THREE, "Multiply()"),
    "largest of more": (THREE, "Maximum()"),
    "sum of pictures": ("(6, 6, 2)", "a: { Conv2D(3, 3) } b: { Conv2D(3, 3) } Add() Conv2D(2, 2)"),
    "concatenate": (PAIR, "Concatenate(axis=1) Flatten() Dense(2)"),
    "dot": ("{ a: (5, 6) b: (6, 4) }", "Dot((2, 1), normalize=true)"),
    "dot with its channels first": ("{ a: (5, 6) b: (6, 4) }", "Dot((2, 1), normalize=true) BatchNormalization()"),
    "dot of rows": ("{ a: (6,) b: (6,) }", "Dot(1)"),
    "shapes": ("(3, 4, 2)", "Conv2D(3, 2) Permute((3, 1, 2)) Reshape((2, -1)) Flatten()"),
    "each step": ("(4, 6, 6, 2)", "TimeDistributed { Conv2D(3, 2) Flatten() Dense(3) } LSTM(3)"),
    "each step of any length": ("(None, 4, None, 3)", "TimeDistributed { LSTM(3, return_sequences=true) }"),
    "nothing but training": ("(3,)", "Dropout(0.5) GaussianNoise(0.1)"),
    "outputs that are one": ("(6,)", "Dense(4) a: { Dropout(0.1) } b: { Dropout(0.2) } c: { Dense(3) }"),
    "many": (f"{{ {' '.join(f'input_{number}: (6, 28)' for number in range(30))} }}", "Concatenate()"),
}


def program(shape: str, layers: str, name: str = "T") -> str:
    return f"network {name} {{ input: {shape} layers: {layers} }}"
