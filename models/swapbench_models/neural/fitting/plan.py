"""A plan of training: what a text asks for, and what takes the place of what it leaves open."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from swapbench_models.neural.batches import Indices
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.meaning.training import LOSSES, OPTIMIZERS, Named

EPOCHS, BATCH_SIZE = 5, 128

# What is learned where a text names no loss, by what the network ends with.
_LOSS_OF_HEAD = {"softmax": "sparse_categorical_cross_entropy", "sigmoid": "binary_cross_entropy", None: "mse"}
CROSS_ENTROPIES = ("cross_entropy", "categorical_cross_entropy", "sparse_categorical_cross_entropy")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a network is trained, nothing left open; `head` is what turns its outputs into probabilities."""

    loss: Named
    optimizer: Named
    schedule: Named | None
    head: str | None
    epochs: int
    batch_size: int
    validation_split: float
    gradient_clip: float | None
    patience: int | None
    seed: int

    def split(self, examples: int) -> tuple[Indices, Indices]:
        """Return the examples to train on and those, the last of them, that are kept for validation."""
        kept = int(examples * self.validation_split)
        if kept == examples:
            raise NeuralError(f"validation_split leaves none of {examples:,} examples to train on.")
        return np.arange(examples - kept), np.arange(examples - kept, examples)

    def steps_per_epoch(self, examples: int) -> int:
        """Return how many batches one pass over so many examples takes."""
        return math.ceil(examples / self.batch_size)

    def epoch(self, examples: int, number: int) -> Iterator[Indices]:
        """Yield the batches of one epoch, in an order of its own."""
        order = np.random.default_rng((self.seed, number)).permutation(examples)
        yield from (order[start : start + self.batch_size] for start in range(0, examples, self.batch_size))


@dataclass(slots=True)
class History:
    """The loss of each epoch that was trained, on what was trained on and on what was kept."""

    patience: int | None = None
    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)

    def add(self, loss: float, validation_loss: float | None) -> None:
        """Note an epoch; raises NeuralError where training has left the numbers."""
        if not math.isfinite(loss):
            raise NeuralError(f"The loss of epoch {len(self.losses) + 1} is {loss}; lower the learning rate.")
        self.losses.append(loss)
        if validation_loss is not None:
            self.validation_losses.append(validation_loss)

    def done(self) -> bool:
        """Return whether the validation loss has not fallen for as many epochs as there is patience."""
        watched = self.validation_losses or self.losses
        if self.patience is None or not watched:
            return False
        return len(watched) - 1 - watched.index(min(watched)) >= self.patience


def plan(checked: Checked, epochs: int | None = None, seed: int = 0) -> Plan:
    """Return how a checked network is trained; `epochs`, where given, takes the place of the text's."""
    asked, head = checked.training, checked.network.head()
    loss = asked.loss or Named(_LOSS_OF_HEAD[head], dict(LOSSES[_LOSS_OF_HEAD[head]].defaults))
    if head is None and loss.name == "binary_cross_entropy":  # which takes what the network leaves for logits
        head = "sigmoid"
    return Plan(
        loss=loss,
        optimizer=asked.optimizer or Named("adam", dict(OPTIMIZERS["adam"].defaults)),
        schedule=asked.schedule,
        head=head,
        epochs=epochs or asked.epochs or EPOCHS,
        batch_size=asked.batch_size or BATCH_SIZE,
        validation_split=asked.validation_split or 0.0,
        gradient_clip=asked.gradient_clip,
        patience=asked.early_stopping,
        seed=seed,
    )
