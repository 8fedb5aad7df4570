"""A network in JAX, by way of Keras. Importing this module computes nothing."""

from collections.abc import Iterable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.backends.keras import KerasNetwork
from swapbench_models.neural.batches import Indices
from swapbench_models.neural.classifier import BETAS, EPSILON
from swapbench_models.neural.images import Images, Labels
from swapbench_models.neural.network.network import Network


class JaxNetwork(KerasNetwork):
    """A model of Keras that computes with JAX, compiled for each number of examples."""

    library = "jax"

    def __init__(self, model: Any, network: Network) -> None:
        super().__init__(model, network)
        self._infer = jax.jit(lambda *state: model.stateless_call(*state, training=False)[0])

    def infer(self, inputs: list[NDArray[np.generic]]) -> Any:
        return self._infer(*self._values(), self.structured(inputs))

    def train(self, X: Images, y: Labels, order: Iterable[Indices], learning_rate: float, seed: int) -> None:
        self.seed_dropout(seed)
        model, (trained, others) = self.model, self._values()
        nothing = [jnp.zeros_like(each) for each in trained]
        moments = nothing, nothing
        step = jax.jit(self._step)
        (images,), labels = map(jnp.asarray, self.typed((X,))), jnp.asarray(y, jnp.int32)
        for number, batch in enumerate(order, 1):
            trained, others, moments = step(trained, others, moments, images, labels, batch, learning_rate, number)
        variables = (*model.trainable_variables, *model.non_trainable_variables)
        for variable, value in zip(variables, (*trained, *others), strict=True):
            variable.assign(value)

    def _values(self) -> tuple[list[Any], list[Any]]:
        """Return the arrays that training moves, and the others: moving means and the state of generators."""
        model = self.model
        trained, others = model.trainable_variables, model.non_trainable_variables
        return [each.value for each in trained], [each.value for each in others]

    def _step(
        self, trained: Any, others: Any, moments: Any, images: Any, labels: Any, batch: Any, rate: Any, number: Any
    ) -> Any:
        """Return all arrays after the step of this number; the moments are Adam's, two for each that is trained."""

        def loss(trained: Any) -> tuple[Any, Any]:
            logits, after = self.model.stateless_call(trained, others, images[batch], training=True)
            likely = jax.nn.log_softmax(logits)[jnp.arange(len(batch)), labels[batch]]
            return -likely.mean(), after

        gradients, others = jax.grad(loss, has_aux=True)(trained)
        first, second = (
            [beta * each + (1 - beta) * gradient**power for each, gradient in zip(kept, gradients, strict=True)]
            for beta, kept, power in zip(BETAS, moments, (1, 2), strict=True)
        )
        short = [1 - beta**number for beta in BETAS]  # of a history that began with nothing
        trained = [
            value - rate * (one / short[0]) / (jnp.sqrt(two / short[1]) + EPSILON)
            for value, one, two in zip(trained, first, second, strict=True)
        ]
        return trained, others, (first, second)
