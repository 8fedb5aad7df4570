"""Training: a network taught to guess rows from rows in which some cells are another row's."""

from collections.abc import Iterator
from itertools import accumulate, repeat
from operator import mul

import torch
from torch import Tensor
from torch.optim import SGD, Adam, Optimizer

from swapbench_models.fingerprint.model.features import Rows
from swapbench_models.fingerprint.model.network import Network, losses
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.training import loop
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Patience, Progress


def train(network: Network, rows: Rows, check: Rows, options: Options) -> Progress:
    """Train in place, leave the network in its last state, and say how it went: the losses of epochs are those on
    swapped rows, those that validate are on rows as they are.

    Batches are the same slices of the rows in each epoch, in another order, and weigh the same. A batch's loss is the
    mean over its features of their mean losses, so every feature weighs the same.
    """
    batches, checks = rows.batches(options.batch_size), check.batches(options.eval_batch_size)

    def shuffled(_epoch: int, generator: torch.Generator) -> Iterator[Rows]:
        order = torch.randperm(len(batches), generator=generator, device=generator.device).tolist()
        return (batches[place] for place in order)

    def loss(batch: Rows, generator: torch.Generator) -> Tensor:
        origin = origins(len(batch), batch.columns, options.swap_probability, generator)
        return losses(network(swapped(batch, origin.to(batch.codes.device))), batch).mean()

    rates = rates_of(options)
    training = loop.Training(
        network,
        optimizer(network, options),
        loss,
        shuffled,
        check=(lambda: _checked(network, checks)) if checks else None,
        rate=lambda _step, epoch: rates[epoch],
        weight=lambda _: 1.0,
        draws=network.drops,
    )
    return loop.train(training, plan_of(options, checked=bool(checks)))


def plan_of(options: Options, checked: bool) -> Plan:
    """Return the plan that options ask for; only rows that are set aside try patience."""
    patience = Patience(options.patience, since="last") if checked else None
    return Plan(options.epochs, patience=patience, target_loss=options.target_loss, seed=options.seed)


def rates_of(options: Options) -> list[float]:
    """Return the learning rate of each epoch."""
    decays = repeat(options.learning_rate_decay or 1.0, options.epochs - 1)
    return list(accumulate(decays, mul, initial=options.learning_rate))


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


@torch.no_grad()
def _checked(network: Network, batches: list[Rows]) -> float:
    """Return the loss on rows as they are, as the mean over batches."""
    network.learns(False)  # until the loop has it learn again
    return float(sum(losses(network(batch), batch).mean() for batch in batches)) / len(batches)


def optimizer(network: Network, options: Options) -> Optimizer:
    """Return what the options name, for the weights of a network."""
    parameters, rate, decay = network.parameters(), options.learning_rate, options.weight_decay
    if options.optimizer == "sgd":
        return SGD(parameters, rate, momentum=options.momentum, weight_decay=decay, foreach=True)
    return Adam(parameters, rate, options.betas, weight_decay=decay, amsgrad=options.amsgrad, foreach=True)
