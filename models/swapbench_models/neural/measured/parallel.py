"""A small network taught by one process or by several: what a suite asks about training in parallel."""

import time
from functools import partial
from statistics import median
from typing import Any, Self

import numpy as np
import torch
import torch._dynamo  # the first optimizer imports it, which would take 0.7 s out of the first fit
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from swapbench_models.training.loop import Training, train
from swapbench_models.training.memory import Sharing
from swapbench_models.training.parallel import World
from swapbench_models.training.plan import Plan
from swapbench_models.training.ranks import Ranks
from swapbench_models.training.seeding import seeded

TAUGHT = f"{__name__}:taught"
# A figure of one training would be that of a moment; the median of three pairs is not.
PAIRS = 3


def network() -> nn.Module:
    """Return two convolutions, each with pooling, and two dense layers; nothing draws, or looks at a whole batch."""
    convolutions = [nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*convolutions, nn.Flatten(), nn.Linear(800, 64), nn.ReLU(), nn.Linear(64, 10))


def taught(X: Tensor, y: Tensor, epochs: int, batch_size: int, seed: int, world: World | None = None) -> dict[str, Any]:
    """Return the weights of a network taught pictures (n, 1, 28, 28) and their classes (n,), on the processor."""
    with seeded(seed):
        module = network()
    training = Training(
        module,
        torch.optim.Adam(module.parameters(), 5e-3, foreach=True),
        loss=lambda batch, _: cross_entropy(module(X[batch]), y[batch]),
        batches=lambda _, generator: Sharing(batch_size).cut(torch.randperm(len(X), generator=generator)),
        draws=False,
    )
    train(training, Plan(epochs, seed=seed), world=world)
    return module.state_dict()


class Classifier:
    """A network on the processor, taught by `ranks` processes of one thread each, or, where that is None, by this one
    with all its threads."""

    def __init__(self, ranks: int | None, epochs: int = 8, batch_size: int = 128, seed: int = 0) -> None:
        self.epochs, self.batch_size = epochs, batch_size
        self._given: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "seed": seed}
        self._ranks = None if ranks is None else Ranks(TAUGHT, ranks)
        self._cores = torch.get_num_threads() if ranks is None else ranks
        self._module = network()

    def start(self, X: NDArray[Any], y: Any = None) -> None:
        """Start the processes, where there are any."""
        if self._ranks is not None:
            self._ranks.start()

    def fit(self, X: NDArray[np.float32], y: NDArray[np.int64]) -> Self:
        """Teach it pictures (n, 28, 28, 1) and their classes (n,)."""
        self._given |= {"X": _first(X), "y": torch.from_numpy(y)}
        self._module.load_state_dict(self._teach())
        return self

    def predict(self, X: NDArray[np.float32]) -> NDArray[np.int64]:
        labels: NDArray[np.int64] = self.predict_proba(X).argmax(axis=1)
        return labels

    @torch.inference_mode()
    def predict_proba(self, X: NDArray[np.float32]) -> NDArray[np.float32]:
        probabilities: NDArray[np.float32] = self._module(_first(X)).softmax(dim=1).numpy()
        return probabilities

    def count_parameters(self) -> int:
        return sum(parameter.numel() for parameter in self._module.parameters())

    def efficiency(self) -> float:
        """Return how long one process with one thread takes for the training, over how long this one does times the
        cores that it has; both are done once more, in turn, on the same machine at the same time."""
        one = partial(Ranks(TAUGHT, 1), **self._given)
        return median(_seconds(one) / (self._cores * _seconds(self._teach)) for _ in range(PAIRS))

    def _teach(self) -> dict[str, Any]:
        weights: dict[str, Any] = (self._ranks or taught)(**self._given)
        return weights


def scaling_efficiency(truth: Any, model: Classifier) -> float:
    """Return what of each core a training has used, beside one of one core; what is true of the examples is nothing to
    it."""
    return model.efficiency()


in_process = partial(Classifier, None)
world1 = partial(Classifier, 1)
world2 = partial(Classifier, 2)


def _first(X: NDArray[np.float32]) -> Tensor:
    """Return pictures as torch wants them; one channel is as good first as last."""
    return torch.from_numpy(X).reshape(len(X), 1, *X.shape[1:3])


def _seconds(teach: Any) -> float:
    began = time.perf_counter()
    teach()
    return time.perf_counter() - began
