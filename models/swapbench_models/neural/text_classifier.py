"""A classifier from a text: its network, compiled for a backend and trained as the text itself asks."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.backends.devices import place
from swapbench_models.neural.backends.keras_start import start
from swapbench_models.neural.backends.told import told
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.examples import arranged, require_classes
from swapbench_models.neural.fitting.plan import CROSS_ENTROPIES, plan
from swapbench_models.neural.generate.devices import of_torch
from swapbench_models.neural.generate.generate import ALIASES, generate, writer
from swapbench_models.neural.generate.module import load, write
from swapbench_models.neural.language.source import Source
from swapbench_models.neural.meaning.check import Checked, check
from swapbench_models.neural.weights import initial_weights, load_weights, save_weights
from swapbench_models.training.progress import Progress

Inputs = NDArray[np.float32]
Labels = NDArray[np.int64]


class TextClassifier:
    """Learns labels 0, 1, ... from inputs (n, ...) that its network takes.

    `epochs` and `device` take the place of the text's; `seed` fixes weights, order and dropout; `progress` says how the
    last fit went. Raises NeuralError
    where the network does not take what the data hold or does not say what they ask, or a device is not there;
    GenerationError for what the backend cannot do.
    """

    def __init__(
        self, checked: Checked, backend: str, epochs: int | None = None, seed: int = 0, device: str | None = None
    ) -> None:
        self.checked, self.backend = checked, ALIASES.get(backend, backend)
        writer(self.backend)  # of which there has to be one
        if checked.network.count_parameters() == 0:
            raise NeuralError(f"{checked.network.name} has no weights: there is nothing to train.")
        if self.backend == "onnx":
            raise NeuralError("ONNX Runtime predicts and does not train; choose torch, tensorflow or jax.")
        self.plan = plan(checked, epochs, seed)
        self.progress = Progress()
        if self.backend != "torch":
            start(self.backend)
        self.placed = place(checked, self.backend, device)
        with self._scope(), self._told("built"):
            self._executed = self._opened(generate(self.placed.network, self.backend))

    @classmethod
    def of_text(cls, backend: str, text: str, epochs: int | None = None, seed: int = 0) -> Self:
        """Return the classifier of a text with one network that leaves nothing open; raises LanguageError for a text
        that is none."""
        found = check(Source(text, "the text"))
        if len(found) != 1:
            raise NeuralError(f"The text has {len(found)} networks; a classifier is one.")
        if left := len(found[0].space):
            raise NeuralError(
                f"{found[0].network.name} leaves {left} hyper-parameter{'s' if left > 1 else ''} open, which nobody "
                "has chosen; take a text of search.rows.rows, or one that the command search --save DIR writes."
            )
        return cls(found[0], backend, epochs, seed)

    def fit(self, X: Inputs, y: Labels) -> Self:
        """Train from the initial weights, whatever was fitted before."""
        X = arranged(self.checked.network, X)
        require_classes(self.checked.network, int(y.max()) + 1)
        if (
            self.checked.network.shape(self.checked.network.outputs[0]) == (1,)
            and self.plan.loss.name in CROSS_ENTROPIES
        ):
            raise NeuralError(
                f"{self.checked.network.name} leaves one value, and {self.plan.loss.name} tells classes apart by one "
                'value each; let it end with Output(2, "softmax"), or Output(1, "sigmoid") and binary_cross_entropy.'
            )
        with self._scope(), self._told("trained"):
            self._executed.set_weights(initial_weights(self.checked.network, self.plan.seed))
            self.progress = self._fitted(X, y)
        return self

    def predict_proba(self, X: Inputs) -> NDArray[np.float64]:
        """Return (n, classes) probabilities, by the head that the text's network ends with.

        Raises NeuralError where the network, trained at too high a rate, leaves what is no number.
        """
        with self._scope():
            (outputs,) = self._executed.outputs(arranged(self.checked.network, X))
        if not np.isfinite(outputs).all():  # the loss of an epoch is that before its last step, and says nothing of it
            raise NeuralError(f"What {self.checked.network.name} predicts is no number; lower the learning rate.")
        values = outputs.astype(np.float64)
        if values.shape[1] == 1:
            one = 1 / (1 + np.exp(-values)) if self.plan.head == "sigmoid" else np.clip(values, 0, 1)
            return np.hstack((1 - one, one))
        if self.plan.head == "sigmoid":  # of each class by itself, and shares of all of them here
            each = 1 / (1 + np.exp(-values))
            return np.asarray(each / each.sum(axis=1, keepdims=True))
        exponentials = np.exp(values - values.max(axis=1, keepdims=True))
        shares: NDArray[np.float64] = exponentials / exponentials.sum(axis=1, keepdims=True)
        return shares

    def predict(self, X: Inputs) -> Labels:
        """Return the likeliest label of each example."""
        labels: Labels = self.predict_proba(X).argmax(axis=1)
        return labels

    def count_parameters(self) -> int:
        """Return the number of trained parameters."""
        return self.checked.network.count_parameters()

    def save_fitted(self, path: Path) -> None:
        """Write the weights to a file that a classifier of the same text can load, on any backend."""
        with self._scope():
            save_weights(path, self._executed.get_weights())

    def load_fitted(self, path: Path) -> None:
        """Take over weights that `save_fitted` wrote; raises DataError for a damaged file, or another network's."""
        weights = load_weights(path, self.checked.network)
        with self._scope():
            self._executed.set_weights(weights)

    def _fitted(self, X: Inputs, y: Labels) -> Progress:
        if self.backend == "torch":
            from swapbench_models.neural.fitting import torch

            return torch.fit(self._executed.module, self.plan, X, y)
        from swapbench_models.neural.fitting import keras

        return keras.fit(self._executed, self.plan, X, y)

    def _opened(self, source: str) -> Any:
        """Return the network that a source builds, as its backend executes it."""
        network = self.placed.network
        with TemporaryDirectory() as folder:
            made = load(write(source, Path(folder))).build_model()
        match self.backend:
            case "torch":
                from swapbench_models.neural.backends.torch import TorchNetwork

                return TorchNetwork(made, network, of_torch(self.placed.device))
            case "tensorflow":
                from swapbench_models.neural.backends.tensorflow import TensorFlowNetwork

                return TensorFlowNetwork(made, network)
        from swapbench_models.neural.backends.jax import JaxNetwork

        return JaxNetwork(made, network)

    def _told(self, done: str) -> AbstractContextManager[None]:
        return told(f"{self.checked.network.name} cannot be {done} on {self.backend}")

    def _scope(self) -> AbstractContextManager[Any]:
        """Return what has Keras compute where the network is; torch computes where its tensors are."""
        if self.backend == "torch":
            return nullcontext()
        import keras

        scope: AbstractContextManager[Any] = keras.device(self.placed.device)
        return scope
