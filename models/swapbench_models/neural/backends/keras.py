"""A network in Keras, with what its libraries have in common. Importing this module computes nothing."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.backends.keras_start import start
from swapbench_models.neural.backends.keras_weights import get_weights, set_weights
from swapbench_models.neural.images import Images
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.weights import Weights

keras = start()


class KerasNetwork:
    """A model of Keras, native or generated, that was built for a network; it runs step by step, nothing compiled.

    `library` is what Keras has to compute with; None: whatever it does. Raises NeuralError where it is another.
    """

    library: str | None = None

    def __init__(self, model: Any, network: Network) -> None:
        start(self.library)
        self.network, self.model = network, model

    def get_weights(self) -> Weights:
        return get_weights(self.model, self.network)

    def set_weights(self, weights: Weights) -> None:
        set_weights(self.model, self.network, weights)

    def outputs(self, *inputs: NDArray[np.generic]) -> tuple[NDArray[np.float32], ...]:
        """Return what leaves the network for (n, ...) inputs, nothing dropped and a head left off."""
        found = self.infer(self.typed(inputs))
        return tuple(keras.ops.convert_to_numpy(each) for each in (found if isinstance(found, list) else [found]))

    def logits(self, X: Images) -> NDArray[np.float32]:
        (logits,) = self.outputs(X)
        return logits

    def infer(self, inputs: list[NDArray[np.generic]]) -> Any:
        """Return what the model makes of its inputs, as an array of its library or a list of them."""
        return self.model(self.structured(inputs), training=False)

    def typed(self, inputs: tuple[NDArray[np.generic], ...]) -> list[NDArray[np.generic]]:
        """Return inputs as the model takes them: whole numbers where it looks them up, fractions elsewhere."""
        return [
            np.asarray(array, np.int32 if each.whole else np.float32)
            for array, each in zip(inputs, self.network.inputs, strict=True)
        ]

    def seed_dropout(self, seed: int) -> None:
        """Let the layers' generators, which are a seed and a counter, begin at places far from each other."""
        generators = [each for each in self.model.variables if each.name == "seed_generator_state"]
        for number, state in enumerate(generators):
            state.assign([seed, number << 24])

    @staticmethod
    def structured(inputs: Any) -> Any:
        """Return inputs as Keras expects them: several as a list, and one alone."""
        return list(inputs) if len(inputs) > 1 else inputs[0]
