"""The networks in TensorFlow, as Keras functional models. Importing this module computes nothing."""

from collections.abc import Iterable
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from swapbench_models.neural.architecture import (
    ARCHITECTURES,
    IMAGE,
    Architecture,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    MaxPool,
)
from swapbench_models.neural.batches import Indices
from swapbench_models.neural.classifier import BETAS, EPSILON, Classifier, Images, Labels
from swapbench_models.neural.weights import Weights


class TensorFlowNetwork:
    """An architecture as a Keras functional model."""

    def __init__(self, architecture: Architecture) -> None:
        inputs = outputs = keras.Input(IMAGE)
        for layer in architecture.layers:
            outputs = _keras_layer(layer)(outputs)
        self.model = keras.Model(inputs, outputs)
        # One trace serves every batch, the shorter last one too.
        self._infer = tf.function(
            lambda images: self.model(images, training=False), [tf.TensorSpec((None, *IMAGE))], autograph=False
        )

    def get_weights(self) -> Weights:
        return [np.array(array) for array in self.model.get_weights()]

    def set_weights(self, weights: Weights) -> None:
        self.model.set_weights(weights)

    def train(self, X: Images, y: Labels, order: Iterable[Indices], learning_rate: float, seed: int) -> None:
        self._seed_dropout(seed)
        step = _training_step(self.model, learning_rate)
        images, labels = tf.constant(X), tf.constant(y)
        for batch in order:
            step(images, labels, tf.constant(batch))

    def logits(self, X: Images) -> NDArray[np.float32]:
        logits: NDArray[np.float32] = self._infer(tf.constant(X)).numpy()
        return logits

    def _seed_dropout(self, seed: int) -> None:
        """Let the layers' generators, which are a seed and a counter, begin at places far from each other."""
        dropouts = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dropout)]
        for number, layer in enumerate(dropouts):
            layer.seed_generator.state.assign([seed, number << 24])


def _keras_layer(layer: Layer) -> Any:
    """Return the Keras layer; its weights are zeros, since they are set at once."""
    match layer:
        case Flatten():
            return keras.layers.Flatten()
        case Dense(units, relu):
            return keras.layers.Dense(units, "relu" if relu else None, kernel_initializer="zeros")
        case Conv(filters, kernel):
            return keras.layers.Conv2D(filters, kernel, activation="relu", kernel_initializer="zeros")
        case MaxPool(size):
            return keras.layers.MaxPooling2D(size)
        case Dropout(rate):
            return keras.layers.Dropout(rate, seed=0)
    raise TypeError(f"{layer!r} has no Keras layer")


def _training_step(model: Any, learning_rate: float) -> Any:
    """Return the compiled step (all images, all labels, the batch's indices); one trace serves every batch."""
    optimizer = keras.optimizers.Adam(learning_rate, *BETAS, EPSILON)
    optimizer.build(model.trainable_variables)

    def step(images: Any, labels: Any, batch: Any) -> None:
        with tf.GradientTape() as tape:
            logits = model(tf.gather(images, batch), training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(labels, batch), logits)
            loss = tf.reduce_mean(losses)
        # Keras adds epsilon to the root before it corrects that for its short history, the paper and torch after: this
        # is theirs in its terms. Left alone, small gradients would move weights up to a whole learning rate apart.
        optimizer.epsilon = EPSILON * tf.sqrt(1 - BETAS[1] ** tf.cast(optimizer.iterations + 1, tf.float32))
        optimizer.apply(tape.gradient(loss, model.trainable_variables))

    signature = [tf.TensorSpec((None, *IMAGE)), tf.TensorSpec((None,), tf.int64), tf.TensorSpec((None,), tf.int64)]
    return tf.function(step, signature, autograph=False)


simple_mlp = partial(Classifier, TensorFlowNetwork, ARCHITECTURES["simple_mlp"])
cnn = partial(Classifier, TensorFlowNetwork, ARCHITECTURES["cnn"])
deep_mlp = partial(Classifier, TensorFlowNetwork, ARCHITECTURES["deep_mlp"])
