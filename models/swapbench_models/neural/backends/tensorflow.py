"""A network in TensorFlow, by way of Keras. Importing this module computes nothing."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from swapbench_models.neural.backends.keras import KerasNetwork
from swapbench_models.neural.batches import Indices
from swapbench_models.neural.classifier import BETAS, EPSILON
from swapbench_models.neural.images import Images, Labels
from swapbench_models.neural.network.network import Network


class TensorFlowNetwork(KerasNetwork):
    """A model of Keras that computes with TensorFlow."""

    library = "tensorflow"

    def __init__(self, model: Any, network: Network) -> None:
        super().__init__(model, network)
        kinds = [tf.int32 if each.whole else tf.float32 for each in network.inputs]
        shapes = [(None, *each.shape) for each in network.inputs]
        self._specs = [tf.TensorSpec(shape, kind) for shape, kind in zip(shapes, kinds, strict=True)]
        # One trace serves every batch, the shorter last one too.
        self._infer = tf.function(super().infer, [self._specs], autograph=False)

    def infer(self, inputs: list[NDArray[np.generic]]) -> Any:
        return self._infer([tf.constant(each) for each in inputs])

    def train(self, X: Images, y: Labels, order: Iterable[Indices], learning_rate: float, seed: int) -> None:
        self.seed_dropout(seed)
        step = self._training_step(learning_rate)
        (images,), labels = map(tf.constant, self.typed((X,))), tf.constant(y)
        for batch in order:
            step(images, labels, tf.constant(batch))

    def _training_step(self, learning_rate: float) -> Any:
        """Return the compiled step (all images, all labels, the batch's indices); one trace serves every batch."""
        model, variables = self.model, self.model.trainable_variables
        optimizer = keras.optimizers.Adam(learning_rate, *BETAS, EPSILON)
        optimizer.build(variables)

        def step(images: Any, labels: Any, batch: Any) -> None:
            with tf.GradientTape() as tape:
                logits = model(tf.gather(images, batch), training=True)
                losses = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.gather(labels, batch), logits)
                loss = tf.reduce_mean(losses)
            # Keras adds epsilon to the root before it corrects that for its short history, the paper and torch after:
            # this is theirs in its terms. Left alone, small gradients would move weights up to a whole learning rate
            # apart.
            optimizer.epsilon = EPSILON * tf.sqrt(1 - BETAS[1] ** tf.cast(optimizer.iterations + 1, tf.float32))
            # None is what a dropout of everything lets through. The rest is dense, since of an embedding's else the
            # rows alone would move that the batch looked up.
            gradients = [
                tf.zeros(variable.shape) if found is None else tf.convert_to_tensor(found)
                for variable, found in zip(variables, tape.gradient(loss, variables), strict=True)
            ]
            optimizer.apply(gradients)

        whole = tf.TensorSpec((None,), tf.int64)
        return tf.function(step, [*self._specs, whole, whole], autograph=False)
