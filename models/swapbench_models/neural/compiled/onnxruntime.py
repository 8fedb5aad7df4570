"""The networks compiled for ONNX and run by ONNX Runtime, which predicts; torch trains the same network before.

Importing this module computes nothing.
"""

from functools import partial
from typing import Any, Self

from swapbench_models.neural.backends.onnx import OnnxNetwork
from swapbench_models.neural.compiled.classifier import Compiled
from swapbench_models.neural.images import Images, Labels


class Inference(Compiled):
    """A compiled classifier that predicts; it is fitted by the one that is compiled for torch."""

    def __init__(self, model: str, **training: Any) -> None:
        super().__init__(OnnxNetwork, "onnx", model, **training)  # type: ignore[arg-type]  # it is never asked to train
        self._model, self._training = model, training

    def fit(self, X: Images, y: Labels) -> Self:
        """Train in torch from the same start, and take over the weights."""
        from swapbench_models.neural.backends.torch import TorchNetwork  # which who only predicts goes without

        twin = Compiled(TorchNetwork, "torch", self._model, **self._training).fit(X, y)
        self.network.set_weights(twin.network.get_weights())
        return self


simple_mlp = partial(Inference, "simple_mlp")
cnn = partial(Inference, "cnn")
deep_mlp = partial(Inference, "deep_mlp")
transformer = partial(Inference, "transformer")
recurrent = partial(Inference, "recurrent")
