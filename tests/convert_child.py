"""What tests of conversions have done in a process of its own; importing this imports Keras, onnxruntime and torch."""

import io
import json
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
import onnx
import torch
from keras import layers

from swapbench_models.neural.backends.keras import KerasNetwork
from swapbench_models.neural.backends.onnx import OnnxNetwork
from swapbench_models.neural.backends.torch_weights import set_weights
from swapbench_models.neural.command.main import main
from swapbench_models.neural.generate.generate import generate
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.keras_configuration.configuration import configuration
from swapbench_models.neural.keras_configuration.file import read
from swapbench_models.neural.keras_configuration.text import text
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import check
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.weights import Weights, initial_weights, load_weights, save_weights

EXAMPLES = 3
_HEADS = {"softmax": lambda values: torch.softmax(values, -1), "sigmoid": torch.sigmoid, None: lambda values: values}


def network(written: str) -> Network:
    (checked,) = check(Source(written))
    return checked.network


def built(of: Network, backend: str) -> Any:
    with TemporaryDirectory() as folder:
        return load(write(generate(of, backend), Path(folder))).build_model()


def batch(of: Network) -> list[Any]:
    generator = np.random.default_rng(0)
    shapes = [(each.whole, (EXAMPLES, *each.shape)) for each in of.inputs]
    return [
        generator.integers(0, 5, shape) if whole else generator.normal(size=shape).astype(np.float32)
        for whole, shape in shapes
    ]


def configurations(texts: dict[str, str]) -> dict[str, str]:
    """Return the configuration of each text's network."""
    return {name: configuration(network(each)) for name, each in texts.items()}


def artefacts(written: str, folder: Path) -> dict[str, list[Any]]:
    """Return what a text's network makes of a batch: in torch with its head, and what the command wrote.

    That is `initial`, a file of ONNX with the weights of seed 3, and with others that were saved, `onnx` and `keras`.
    """
    of, file, weights = network(written), folder / "a.neural", folder / "weights.npz"
    file.write_text(written)
    save_weights(weights, [_any(weight.name, weight.shape) for _, weight in of.weights()])
    ran(file, "-o", folder / "initial.onnx", "--seed", "3")
    ran(file, "-o", folder / "other.onnx", "--weights", weights)
    ran(file, "-o", folder / "model.json")
    given, inputs = load_weights(weights, of), batch(of)
    theirs = KerasNetwork(keras.models.model_from_json((folder / "model.json").read_text()), of.with_head())
    theirs.set_weights(given)
    return {
        "torch": in_torch(of, given, inputs),
        "onnx": in_onnx(of, folder / "other.onnx", inputs),
        "keras": list(theirs.outputs(*inputs)),
        "torch, seed 3": in_torch(of, initial_weights(of, 3), inputs),
        "onnx, seed 3": in_onnx(of, folder / "initial.onnx", inputs),
    }


def ran(*arguments: str | Path) -> None:
    with redirect_stdout(io.StringIO()):
        assert main(["convert", *map(str, arguments)]) == 0


@torch.inference_mode()
def in_torch(of: Network, weights: Weights, inputs: list[Any]) -> list[Any]:
    module = built(of, "torch").eval()
    set_weights(module, of, weights)
    left = module(*map(torch.from_numpy, inputs))
    return [_HEADS[of.head()](each).numpy() for each in (left if isinstance(left, tuple) else (left,))]


def in_onnx(of: Network, file: Path, inputs: list[Any]) -> list[Any]:
    onnx.checker.check_model(str(file), full_check=True)
    return list(OnnxNetwork(onnx.load(file), of.with_head()).outputs(*inputs))


def theirs() -> dict[str, tuple[str, list[Any], list[Any]]]:
    """Return each model of Keras as text, what it makes of a batch, and what the text's network does by its weights."""
    return {make.__name__: _converted(*make()) for make in (picture, residual, words, block, two_inputs)}


def saved() -> dict[str, str]:
    """Return what is read of the archives of recurrent layers that read from both ends."""
    found = {}
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of how Keras makes arrays of TensorFlow's weights
        file = Path(folder) / "model.keras"
        for kind in (layers.LSTM, layers.GRU, layers.SimpleRNN):
            for every in (False, True):
                both = layers.Bidirectional(kind(3, return_sequences=every))
                keras.Sequential([layers.Input((6, 4)), both], name="both").save(file)
                found[f"{kind.__name__}, {every}"] = text(read(str(file)), file.name)
    return found


def _converted(model: Any, order: list[str]) -> tuple[str, list[Any], list[Any]]:
    for variable in model.weights:
        variable.assign(_any(variable.name, variable.shape))
    written = text(json.loads(model.to_json()), "model.json")
    of = network(written).with_head()
    ours = KerasNetwork(built(of, "tensorflow"), of)
    ours.set_weights([np.asarray(each) for name in order for each in model.get_layer(name).weights])
    inputs = batch(of)
    expected = model(KerasNetwork.structured(ours.typed(tuple(inputs))), training=False)
    left = expected if isinstance(expected, list) else [expected]
    return written, [np.asarray(each) for each in left], list(ours.outputs(*inputs))


def _any(name: str, shape: tuple[int, ...]) -> Any:
    """Return weights as no training leaves them, each another."""
    array = np.random.default_rng(len(name)).normal(0, 0.5, shape)
    return np.float32(np.abs(array) + 0.1 if name == "moving_variance" else array)


def picture() -> tuple[Any, list[str]]:
    model = keras.Sequential(
        [
            layers.Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv"),
            layers.BatchNormalization(momentum=0.9, name="norm"),
            layers.ReLU(),
            layers.MaxPooling2D(),
            layers.SeparableConv2D(4, (3, 2), padding="same", use_bias=False, name="separable"),
            layers.AveragePooling2D(2, strides=1),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(3, activation="softmax", name="dense"),
        ],
        name="picture",
    )
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 100, 0.9), global_clipnorm=1.0)
    model.compile(optimizer, keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
    return model, ["conv", "norm", "separable", "dense"]


def residual() -> tuple[Any, list[str]]:
    x = layers.Input((8,))
    y = layers.add([layers.Dense(8, name="two")(layers.Dense(8, "relu", name="one")(x)), x])
    y = layers.LayerNormalization(name="norm")(y)
    y = layers.Dense(4, name="left")(y) * layers.Dense(4, "sigmoid", name="right")(y)
    return keras.Model(x, layers.Softmax()(y), name="residual"), ["one", "two", "norm", "left", "right"]


def words() -> tuple[Any, list[str]]:
    x = layers.Input((6,), dtype="int32")
    y = layers.Embedding(9, 4, name="embedding")(x)
    y = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="both")(y)
    y = layers.Bidirectional(layers.GRU(2), merge_mode="sum", name="again")(y)
    model = keras.Model(x, layers.Dense(1, "sigmoid", name="dense")(y), name="words")
    model.compile("rmsprop", "binary_crossentropy")
    return model, ["embedding", "both", "again", "dense"]


def block() -> tuple[Any, list[str]]:
    x = layers.Input((5, 8))
    y = layers.LayerNormalization(epsilon=1e-6, name="first")(x + layers.MultiHeadAttention(2, 4, name="asks")(x, x))
    inner = layers.Dense(8, name="inner")(layers.Dense(16, "gelu", name="outer")(y))
    y = layers.LayerNormalization(name="second")(layers.Add()([y, inner]))
    y = layers.MultiHeadAttention(2, 3, value_dim=5, name="causal")(y, y, use_causal_mask=True)
    y = layers.TimeDistributed(layers.Dense(4, name="each"), name="steps")(y)
    return keras.Model(x, layers.GlobalAveragePooling1D()(y), name="block"), [
        "asks", "first", "outer", "inner", "second", "causal", "steps",
    ]  # fmt: skip


def two_inputs() -> tuple[Any, list[str]]:
    seen, read = layers.Input((6, 6, 2), name="picture"), layers.Input((5,), dtype="int32", name="words")
    y = layers.GlobalMaxPooling2D()(layers.Conv2D(3, 3, strides=2, padding="same", name="conv")(seen))
    z = layers.LSTM(3, go_backwards=True, name="lstm")(layers.Embedding(7, 4, name="embedding")(read))
    joined = layers.concatenate([y, z])
    ends = [layers.Dense(2, "softmax", name="kind")(joined), layers.Dense(1, name="size")(joined)]
    return keras.Model([seen, read], ends, name="two_inputs"), ["conv", "embedding", "lstm", "kind", "size"]


MODELS: tuple[Callable[[], tuple[Any, list[str]]], ...] = (picture, residual, words, block, two_inputs)
