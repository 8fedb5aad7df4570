"""Training: a network taught to guess rows from rows in which some cells are another row's."""

import math
import time
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

from swapbench_models.fingerprint.model.features import Rows
from swapbench_models.fingerprint.model.network import Network, losses
from swapbench_models.fingerprint.model.options import Options

Stop = Literal["", "epochs", "patience", "target", "diverged"]


@dataclass
class Progress:
    """How a training went: the mean loss of each epoch on swapped rows, and on the rows set aside as they are; why it
    ended, after how many steps, and how long it took, in seconds."""

    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    stopped: Stop = ""
    steps: int = 0
    seconds: float = 0.0

    @property
    def epochs_run(self) -> int:
        return len(self.losses)


class Patience:
    """Waits while a loss rises from one epoch to the next, for `most` epochs one after the other (0: for ever)."""

    def __init__(self, most: int) -> None:
        self._most, self._rises, self._last = most, 0, float("inf")

    def ended(self, loss: float) -> bool:
        """Take the next loss in, and tell whether it is time to stop."""
        self._rises = self._rises + 1 if loss > self._last else 0
        self._last = loss
        return 0 < self._most <= self._rises


def train(network: Network, rows: Rows, check: Rows, options: Options) -> Progress:
    """Train in place, and leave the network in its last state.

    Batches are the same slices of the rows in each epoch, in another order. A batch's loss is the mean over its
    features of their mean losses, so every feature weighs the same.
    """
    began = time.perf_counter()
    progress, patience = Progress(), Patience(options.patience)
    generator = torch.Generator("cpu").manual_seed(options.seed)  # the same draws for any device
    updates = optimizer(network, options)
    batches, checks = rows.batches(options.batch_size), check.batches(options.eval_batch_size)
    for _ in range(options.epochs):
        network.learns(True)
        order = torch.randperm(len(batches), generator=generator, device=generator.device).tolist()
        total = sum(_step(network, batches[place], updates, options, generator) for place in order)
        progress.losses.append(float(total) / len(batches))
        progress.steps += len(batches)
        _decay(updates, options)
        if checks:
            progress.validation_losses.append(_checked(network, checks))
        progress.stopped = ended(progress, patience, options)
        if progress.stopped:
            break
    updates.zero_grad()  # or each model that is kept would take twice its memory
    network.eval()
    progress.stopped = progress.stopped or "epochs"
    progress.seconds = time.perf_counter() - began
    return progress


def ended(progress: Progress, patience: Patience, options: Options) -> Stop:
    """Tell, after each epoch, why training ends with it; nothing where it goes on."""
    if not all(map(math.isfinite, (progress.losses[-1], *progress.validation_losses[-1:]))):
        return "diverged"
    if options.target_loss is not None and progress.losses[-1] <= options.target_loss:
        return "target"
    if progress.validation_losses and patience.ended(progress.validation_losses[-1]):
        return "patience"
    return ""


def origins(rows: int, columns: int, share: float, generator: torch.Generator) -> Tensor:
    """Return from which row each cell (rows, columns) takes its value: mostly its own.

    In each column, round(rows * share) cells drawn at random take that of others drawn at random, both with
    replacement. The answer is where the generator is.
    """
    source, target = torch.randint(
        rows, (2, round(rows * share), columns), generator=generator, device=generator.device
    )
    own = torch.arange(rows, device=generator.device)[:, None].repeat(1, columns)
    return own.scatter_(0, target, source)


def swapped(batch: Rows, origin: Tensor) -> Rows:
    """Return a batch whose cells take their values from other rows of it."""
    parts = origin.split_with_sizes([part.shape[-1] for part in (batch.numeric, batch.binary, batch.codes)], dim=-1)
    return Rows(batch.numeric.gather(-2, parts[0]), batch.binary.gather(-2, parts[1]), batch.codes.gather(-2, parts[2]))


def _step(network: Network, batch: Rows, updates: Optimizer, options: Options, generator: torch.Generator) -> Tensor:
    origin = origins(len(batch), batch.columns, options.swap_probability, generator)
    loss = losses(network(swapped(batch, origin.to(batch.codes.device))), batch).mean()
    updates.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
    updates.step()
    return loss.detach()


@torch.no_grad()
def _checked(network: Network, batches: list[Rows]) -> float:
    """Return the loss on rows as they are, as the mean over batches."""
    network.learns(False)
    return float(sum(losses(network(batch), batch).mean() for batch in batches)) / len(batches)


def optimizer(network: Network, options: Options) -> Optimizer:
    """Return what the options name, for the weights of a network."""
    parameters, rate, decay = network.parameters(), options.learning_rate, options.weight_decay
    if options.optimizer == "sgd":
        return SGD(parameters, rate, momentum=options.momentum, weight_decay=decay, foreach=True)
    return Adam(parameters, rate, options.betas, weight_decay=decay, amsgrad=options.amsgrad, foreach=True)


def _decay(updates: Optimizer, options: Options) -> None:
    for group in updates.param_groups:
        group["lr"] *= options.learning_rate_decay or 1.0
