"""The classifier: a network of any backend with its training rule, and all that does not depend on the backend."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural import networks
from swapbench_models.neural.batches import Indices, batches
from swapbench_models.neural.images import CLASSES, Images, Labels, Probabilities
from swapbench_models.neural.network.network import Network
from swapbench_models.neural.weights import Weights, initial_weights, load_weights, save_weights

# Adam as its paper has it, the learning rate apart: one rule, to be applied alike by every backend.
BETAS = (0.9, 0.999)
EPSILON = 1e-7

# On a processor the cnn takes twice as long in batches of 1,024, whose activations no cache holds.
_PREDICTED_AT_ONCE = 256


class Executed(Protocol):
    """A network as a backend executes it. Images are (n, 28, 28, 1) in [0, 1], weights are in Keras layout."""

    def get_weights(self) -> Weights:
        """Return copies of all weights, from input to output."""

    def set_weights(self, weights: Weights) -> None:
        """Take over all weights."""

    def train(self, X: Images, y: Labels, order: Iterable[Indices], learning_rate: float, seed: int) -> None:
        """Take one step of Adam down the cross-entropy for each batch; `seed` fixes what dropout drops."""

    def logits(self, X: Images) -> NDArray[np.float32]:
        """Return (n, 10) logits, nothing dropped."""


class Classifier:
    """A network that learns from labelled pictures.

    `make` builds it in a library's own terms, `execute` is what the backend does with it, `model` names the network
    that it is. Training takes `epochs` passes in batches of `batch_size` with Adam at `learning_rate`; `seed` fixes
    initial weights, order and dropout. It starts with its initial weights, so it can predict (badly) before any fit.
    """

    def __init__(
        self,
        execute: Callable[[Any, Network], Executed],
        make: Callable[[], Any],
        model: str,
        epochs: int = 5,
        batch_size: int = 128,
        learning_rate: float = 1e-3,
        seed: int = 0,
    ) -> None:
        self.description = networks.network(model)
        self.epochs, self.batch_size, self.learning_rate, self.seed = epochs, batch_size, learning_rate, seed
        self.make, self._execute = make, execute
        self.build()

    def build(self, X: Images | None = None) -> None:
        """Build the network anew, with its initial weights; pictures make no difference."""
        self.network = self._execute(self.make(), self.description)
        self.network.set_weights(initial_weights(self.description, self.seed))

    def fit(self, X: Images, y: Labels) -> Self:
        """Train from the initial weights, whatever was fitted before; X is (n, 28, 28, 1) in [0, 1], y 0 to 9."""
        self.network.set_weights(initial_weights(self.description, self.seed))
        order = batches(len(X), self.batch_size, self.epochs, self.seed)
        images, labels = np.asarray(X, np.float32), np.asarray(y, np.int64)
        self.network.train(images, labels, order, self.learning_rate, self.seed)
        return self

    def predict(self, X: Images) -> Labels:
        """Return the likeliest label of each picture."""
        labels: Labels = self._logits(X).argmax(axis=1)
        return labels

    def predict_one(self, X: Images) -> Labels:
        """Return the likeliest label of the first picture, as somebody who asks for one alone."""
        return self.predict(X[:1])

    def predict_proba(self, X: Images) -> Probabilities:
        """Return the probability of each label, (n, 10): the only softmax there is."""
        logits = self._logits(X)
        exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
        return probabilities

    def count_parameters(self) -> int:
        """Return the number of trained parameters, counted in the network itself."""
        weights = zip(self.description.weights(), self.network.get_weights(), strict=True)
        return sum(array.size for (_, weight), array in weights if weight.trained)

    def save_fitted(self, path: Path) -> None:
        """Write the weights to a file that the same model of any backend can load."""
        save_weights(path, self.network.get_weights())

    def load_fitted(self, path: Path) -> None:
        """Take over weights that `save_fitted` wrote; raises DataError for a damaged file, or another model's."""
        self.network.set_weights(load_weights(path, self.description))

    def _logits(self, X: Images) -> NDArray[np.float32]:
        logits = np.empty((len(X), CLASSES), np.float32)
        for start in range(0, len(X), _PREDICTED_AT_ONCE):
            part = slice(start, start + _PREDICTED_AT_ONCE)
            logits[part] = self.network.logits(np.asarray(X[part], np.float32))
        return logits
