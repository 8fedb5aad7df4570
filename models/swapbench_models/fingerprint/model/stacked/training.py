"""Stacked training: the models of many users taught at once, as one computation with one dimension more.

The mathematics is that of `training` for each user alone: the same initial weights, batches, swaps and steps. What
users differ in (rows, categories, and with them the width of an embedding) is padded; padding starts as zeros, weighs
nothing in any loss, and so stays what it is.
"""

import time
from collections.abc import Sequence

import torch

from swapbench_models.fingerprint.error import FingerprintError
from swapbench_models.fingerprint.model.autoencoder import AutoEncoder
from swapbench_models.fingerprint.model.features import Rows
from swapbench_models.fingerprint.model.network import Network
from swapbench_models.fingerprint.model.options import Options
from swapbench_models.fingerprint.model.stacked.schedule import Padded, Schedule
from swapbench_models.fingerprint.model.stacked.stack import Stack
from swapbench_models.fingerprint.model.stacked.update import Update
from swapbench_models.fingerprint.model.training import plan_of, rates_of
from swapbench_models.training.progress import Progress


def fit_together(models: Sequence[AutoEncoder], frames: Sequence[object]) -> None:
    """Fit models of one kind with the same options, each to its own frame.

    Raises DataError for a frame that no model can be fitted to, and what `train_together` does.
    """
    begun = [model.begin(frame) for model, frame in zip(models, frames, strict=True)]
    for model, went, (rows, check) in zip(models, train_together(models, begun), begun, strict=True):
        model.end(went, rows, check)


def train_together(models: Sequence[AutoEncoder], begun: Sequence[tuple[Rows, Rows]]) -> list[Progress]:
    """Train models that have begun, each on the rows that its `begin` gave, and say how each went, for its `end`.

    Raises FingerprintError when they differ in their options or kinds of columns, or drop units out, whose draws would
    not be those of each alone.
    """
    options = models[0].options
    if any(model.options != options for model in models):
        raise FingerprintError("Models that are trained together have the same options.")
    if any(_dropped(options)):
        raise FingerprintError("Models that drop units out are trained one after the other, without variant stacked.")
    if len({model.features.kinds for model in models}) > 1:
        raise FingerprintError("Models that are trained together have as many numbers, truths and categories each.")
    rows, checks = [each for each, _ in begun], [check for _, check in begun]
    return train_stacked([model.network for model in models], rows, checks, options)


def _dropped(options: Options) -> tuple[float, ...]:
    """Return the probabilities with which units are dropped."""
    given = (options.encoder_dropout, options.decoder_dropout)
    return tuple(share for each in given for share in (each if isinstance(each, tuple) else (each,)))


def train_stacked(
    networks: Sequence[Network], rows: Sequence[Rows], checks: Sequence[Rows], options: Options
) -> list[Progress]:
    """Train networks in place, each on its own rows, and leave each in its last state; seconds are those of all."""
    began = time.perf_counter()
    stack = Stack(networks, options.activation)
    update = Update(stack.parameters, options)
    schedule = Schedule([len(each) for each in rows], rows[0].columns, options)
    data, check = Padded.of(rows), Padded.of(checks)
    device = data.rows.codes.device
    progress = [Progress() for _ in networks]
    plans = [plan_of(options, checked=len(each) > 0) for each in checks]
    # On the processor, like the schedule: that they decide what is done next would make a device wait in each step.
    active = torch.ones(len(networks), dtype=torch.bool, device="cpu")
    for rate in rates_of(options):
        update.rate = rate
        totals = torch.zeros(len(networks), device=device)
        for drawn in schedule.epoch():
            step = drawn.to(device)
            batch, noisy = data.at(step.index), data.at(step.noisy_index())
            loss = stack.losses(noisy, batch, step.weight)
            update.step(torch.autograd.grad(loss.sum(), stack.parameters), active & drawn.taken)
            totals += loss.detach()
        losses = (totals.cpu() / schedule.batches).tolist()
        checked = _checked(stack, check, options.eval_batch_size) if check.rows.codes.shape[1] else None
        for place in active.nonzero()[:, 0].tolist():
            progress[place].losses.append(losses[place])
            progress[place].steps += int(schedule.batches[place])
            if checked is not None and len(checks[place]):
                progress[place].validation_losses.append(checked[place])
            progress[place].stopped = plans[place].ended(progress[place])
            active[place] = not progress[place].stopped
        if not active.any():
            break
    stack.write_back()
    for went in progress:
        went.seconds = time.perf_counter() - began
    return progress


@torch.no_grad()
def _checked(stack: Stack, check: Padded, size: int) -> list[float]:
    """Return each user's loss on rows as they are, as the mean over its own batches."""
    longest, users, device = check.rows.codes.shape[1], len(check.counts), check.counts.device
    totals, batches = torch.zeros(users, device=device), torch.zeros(users, device=device)
    for first in range(0, longest, size):
        index = torch.arange(first, min(first + size, longest), device=device).expand(users, -1)
        weight = (index < check.counts[:, None]).float()
        rows = check.at(index)
        totals += stack.losses(rows, rows, weight)
        batches += weight.any(dim=1)
    return (totals / batches.clamp(min=1.0)).tolist()
