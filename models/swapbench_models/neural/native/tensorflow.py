"""The networks in Keras on TensorFlow, written by hand. Importing this module computes nothing.

Layers that hold weights have the names by which weights are told apart: their kind's, counted.
"""

from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers

from swapbench_models.neural.backends.tensorflow import TensorFlowNetwork
from swapbench_models.neural.classifier import Classifier


def mlp() -> Any:
    """Return one hidden layer of 128 on a picture's 784 values."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Flatten(),
            layers.Dense(128, "relu", name="dense_1"),
            layers.Dropout(0.2),
            layers.Dense(10, name="dense_2"),
        ]
    )


def convolutional() -> Any:
    """Return two convolutions, each with pooling, and two dense layers."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu", name="conv_1"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu", name="conv_2"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, "relu", name="dense_1"),
            layers.Dropout(0.5),
            layers.Dense(10, name="dense_2"),
        ]
    )


def deep() -> Any:
    """Return three hidden layers of 512, 256 and 128."""
    hidden: list[Any] = []
    for number, units in enumerate((512, 256, 128), 1):
        hidden += [layers.Dense(units, "relu", name=f"dense_{number}"), layers.Dropout(0.3)]
    return keras.Sequential([keras.Input((28, 28, 1)), layers.Flatten(), *hidden, layers.Dense(10, name="dense_4")])


def encoder() -> Any:
    """Return a picture's lines as words: one encoder of four heads, the mean over the lines, ten logits."""
    images = keras.Input((28, 28, 1))
    words = layers.Dense(32, name="dense_1")(layers.Reshape((28, 28))(images)) + places(28, 32)
    attention = layers.MultiHeadAttention(4, 8, dropout=0.1, name="attention_1")(words, words)
    words = layers.LayerNormalization(epsilon=1e-6, name="layer_norm_1")(words + layers.Dropout(0.1)(attention))
    fed = layers.Dense(32, name="dense_3")(layers.Dense(64, "relu", name="dense_2")(words))
    words = layers.LayerNormalization(epsilon=1e-6, name="layer_norm_2")(words + layers.Dropout(0.1)(fed))
    pooled = layers.Dropout(0.1)(layers.GlobalAveragePooling1D()(words))
    return keras.Model(images, layers.Dense(10, name="dense_4")(pooled))


def places(steps: int, features: int) -> Any:
    """Return the sines and cosines that tell each step its place (Vaswani et al., 2017)."""
    angles = np.arange(steps)[:, None] / 10_000 ** (np.arange(0, features, 2) / features)
    return np.stack((np.sin(angles), np.cos(angles)), axis=-1).reshape(steps, features).astype(np.float32)


def reader() -> Any:
    """Return a picture's lines one after another through an LSTM; ten logits from its last state."""
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Reshape((28, 28)),
            layers.LSTM(64, name="recurrent_1"),
            layers.Dropout(0.2),
            layers.Dense(10, name="dense_1"),
        ]
    )


simple_mlp = partial(Classifier, TensorFlowNetwork, mlp, "simple_mlp")
cnn = partial(Classifier, TensorFlowNetwork, convolutional, "cnn")
deep_mlp = partial(Classifier, TensorFlowNetwork, deep, "deep_mlp")
transformer = partial(Classifier, TensorFlowNetwork, encoder, "transformer")
recurrent = partial(Classifier, TensorFlowNetwork, reader, "recurrent")
