"""A plan of training: what a text asks for, and what takes the place of what it leaves open."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from swapbench_models.neural.batches import Indices
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.fitting.schedule import rate
from swapbench_models.neural.meaning.check import Checked
from swapbench_models.neural.meaning.training import LOSSES, OPTIMIZERS, Named
from swapbench_models.training import plan as training
from swapbench_models.training.progress import Patience, Progress

EPOCHS, BATCH_SIZE = 5, 128

# What is learned where a text names no loss, by what the network ends with.
_LOSS_OF_HEAD = {"softmax": "sparse_categorical_cross_entropy", "sigmoid": "binary_cross_entropy", None: "mse"}
CROSS_ENTROPIES = ("cross_entropy", "categorical_cross_entropy", "sparse_categorical_cross_entropy")
# What makes probabilities of the outputs of a network without a head, by its loss.
_HEAD_OF_LOSS = {**dict.fromkeys(CROSS_ENTROPIES, "softmax"), "binary_cross_entropy": "sigmoid"}
# How near to 0 and 1 probabilities come in a binary cross-entropy, whose logarithms would not be numbers there.
NEAREST = 1e-7
# A draw that is of no epoch.
_NO_EPOCH = 1 << 31


@dataclass(frozen=True, slots=True)
class Plan:
    """How a network is trained, nothing left open.

    `head` is what turns its outputs into probabilities: what it ends with, or what its loss asks for where it ends with
    neither; None where they are taken as they are.
    """

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

    @property
    def common(self) -> training.Plan:
        """What this plan has in common with those of other families."""
        norm = self.gradient_clip or self.optimizer.arguments["clipnorm"]
        patience = None if self.patience is None else Patience(self.patience)
        return training.Plan(self.epochs, clip=norm, patience=patience, seed=self.seed)

    def rate(self, step: int, steps_per_epoch: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        if self.schedule is None:
            return float(self.optimizer.arguments["learning_rate"])
        return rate(self.schedule, step, steps_per_epoch)

    def split(self, examples: int) -> tuple[Indices, Indices]:
        """Return the examples to train on and those that are kept for validation, drawn by the seed: where examples are
        sorted by their class, the last of them would be whole classes."""
        kept = int(examples * self.validation_split)
        if kept == examples:
            raise NeuralError(f"validation_split leaves none of {examples:,} examples to train on.")
        order = np.random.default_rng((self.seed, _NO_EPOCH)).permutation(examples)
        return np.sort(order[kept:]), np.sort(order[:kept])

    def steps_per_epoch(self, examples: int) -> int:
        """Return how many batches one pass over so many examples takes."""
        return len(self._starts(examples))

    def epoch(self, examples: int, number: int) -> Iterator[Indices]:
        """Yield the batches of one epoch, in an order of its own."""
        order = np.random.default_rng((self.seed, number)).permutation(examples)
        starts = self._starts(examples)
        yield from (order[start:end] for start, end in pairwise((*starts, examples)))

    def _starts(self, examples: int) -> range:
        """Return where batches start.

        What would be a last batch of one is of the batch before: a batch of one has no variance to normalize by.
        """
        last = examples - 1 if self.batch_size > 1 and examples > 1 else examples
        return range(0, last, self.batch_size)


def require_numbers(progress: Progress) -> Progress:
    """Return a progress; raises NeuralError for one that left the numbers."""
    if progress.stopped == "diverged":
        what = "loss" if not math.isfinite(progress.losses[-1]) else "validation loss"
        found = progress.losses[-1] if what == "loss" else progress.validation_losses[-1]
        raise NeuralError(f"The {what} of epoch {progress.epochs_run} is {found}; lower the learning rate.")
    return progress


def plan(checked: Checked, epochs: int | None = None, seed: int = 0) -> Plan:
    """Return how a checked network is trained; `epochs`, where given, takes the place of the text's."""
    asked, head = checked.training, checked.network.head()
    loss = asked.loss or Named(_LOSS_OF_HEAD[head], dict(LOSSES[_LOSS_OF_HEAD[head]].defaults))
    return Plan(
        loss=loss,
        optimizer=asked.optimizer or Named("adam", dict(OPTIMIZERS["adam"].defaults)),
        schedule=asked.schedule,
        head=head or _HEAD_OF_LOSS.get(loss.name),
        epochs=epochs or asked.epochs or EPOCHS,
        batch_size=asked.batch_size or BATCH_SIZE,
        validation_split=asked.validation_split or 0.0,
        gradient_clip=asked.gradient_clip,
        patience=asked.early_stopping,
        seed=seed,
    )
