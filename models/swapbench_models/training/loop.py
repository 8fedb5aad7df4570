"""The loop: a module is trained on batches, epoch by epoch, and may be kept after each."""

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from swapbench_models.training.error import TrainingError
from swapbench_models.training.part import Whole, share
from swapbench_models.training.plan import Plan
from swapbench_models.training.progress import Progress
from swapbench_models.training.seeding import seeded
from swapbench_models.training.state import State

if TYPE_CHECKING:
    from swapbench_models.training.keeper import Keeper
    from swapbench_models.training.parallel import World

Batch = TypeVar("Batch")


class Optimizer(Protocol):
    """What torch's optimizers do; `param_groups` have the parameters under "params" and their rate under "lr"."""

    param_groups: list[dict[str, Any]]

    def zero_grad(self) -> None: ...

    def step(self) -> Any: ...

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> None: ...


def examples(batch: Any) -> int:
    """Return how many examples a batch has; raises TrainingError for one that is made of several things."""
    if isinstance(batch, tuple | list | Mapping):
        raise TrainingError(
            f"A batch that is a {type(batch).__name__} does not say how many examples it has; give Training a "
            "`weight`, such as lambda batch: len(batch[0])."
        )
    return len(batch)


@dataclass(frozen=True)
class Training(Generic[Batch]):
    """What a family says of a training.

    `loss` of a batch is the mean over its examples; `batches` are those of an epoch, counted from 0. Both draw from the
    generator they are given, which is on the processor so that the draws are the same for every device. `check` returns
    the loss on what validates, and says itself that the module drops nothing meanwhile. `rate` is the learning rate of
    a step in an epoch, both counted from 0 (None: the optimizer's own). `weight` is what a batch weighs beside others,
    more than 0, in a step that takes several and in the mean loss of an epoch: by default its examples, as many as its
    length, for a loss with weighted classes the sum of their weights. A module that `draws` from torch's global
    generators, to drop units out, has them to itself while it is trained; one that does not need not wait for them.
    `share` is what one of several processes takes of a batch: by default a slice of it, as long as the others' or one
    longer.
    """

    module: nn.Module
    optimizer: Optimizer
    loss: Callable[[Batch, torch.Generator], Tensor]
    batches: Callable[[int, torch.Generator], Iterable[Batch]]
    check: Callable[[], float] | None = None
    rate: Callable[[int, int], float] | None = None
    weight: Callable[[Any], float] = examples
    draws: bool = True
    share: Callable[[Any, int, int], Any] = share


def train(
    training: Training[Batch],
    plan: Plan,
    keeper: "Keeper | None" = None,
    bar: bool = False,
    world: "World | None" = None,
) -> Progress:
    """Train in place, leave the module in its last state and in the mode to predict, and say how it went.

    With a `keeper` training goes on from the last epoch that was kept, and comes to what it would have come to if it
    had never been interrupted. `bar` shows progress on a terminal. In a `world` of several processes each of them calls
    this with the same training, and does its part of every batch. Raises TrainingError where an epoch has no batches,
    and what the keeper raises.
    """
    module, generator = training.module, torch.Generator("cpu").manual_seed(plan.seed)
    state = State(module, training.optimizer, generator, training.draws)
    with seeded(plan.seed, state.devices) if training.draws else nullcontext():
        progress = (keeper and keeper.resumed(state)) or Progress()
        progress.stopped = plan.ended(progress)  # one that has ended may be asked for again
        began = time.perf_counter() - progress.seconds
        training.optimizer.zero_grad()
        part = world.part(training, plan) if world else Whole(training, plan)
        while not progress.stopped:
            _learn(part, progress, generator, bar and part.keeps)
            if training.check:
                progress.validation_losses.append(part.checked(training.check))
            progress.stopped = plan.ended(progress)
            progress.seconds = time.perf_counter() - began
            if keeper and part.keeps and progress.stopped != "diverged":
                keeper.keep(state, progress)
    module.eval()
    return progress


def _learn(part: Whole[Batch], progress: Progress, generator: torch.Generator, bar: bool) -> None:
    """Train for an epoch, and add its loss and its steps to the progress.

    Losses are summed where they are: to read each would have a device wait for it.
    """
    training, plan = part.training, part.plan
    if not training.module.training:
        training.module.train()
    epoch = progress.epochs_run
    batches = part.batches(epoch, generator)
    lost: Tensor | float = 0.0
    weights = waiting = 0.0
    for number, batch in enumerate(_shown(batches, epoch, plan) if bar else batches, 1):
        weight = training.weight(batch)
        if not weight > 0:
            raise TrainingError(f"Batch {number} of epoch {epoch + 1} weighs {weight}; leave out what weighs nothing.")
        lost = lost + part.learn(batch, weight, generator)
        weights, waiting = weights + weight, waiting + weight
        if number % plan.accumulation == 0:
            _step(training, plan, progress, waiting)
            waiting = 0.0
    if waiting:  # the last step of an epoch may be of fewer batches
        _step(training, plan, progress, waiting)
    if not weights:
        raise TrainingError(f"Epoch {epoch + 1} has no batches: there is nothing to train on.")
    progress.losses.append(part.total(lost) / weights)


def _step(training: Training[Batch], plan: Plan, progress: Progress, weight: float) -> None:
    """Take a step down the gradient of the mean loss over what was gathered, which weighs so much."""
    groups = training.optimizer.param_groups
    if plan.accumulation > 1 or plan.clip is not None:
        parameters = [each for group in groups for each in group["params"] if each.grad is not None]
        if plan.accumulation > 1:
            torch._foreach_div_([each.grad for each in parameters], weight)
        if plan.clip is not None:
            nn.utils.clip_grad_norm_(parameters, plan.clip)
    if training.rate:
        rate = training.rate(progress.steps, progress.epochs_run)
        for group in groups:
            group["lr"] = rate
    training.optimizer.step()
    training.optimizer.zero_grad()  # now, for the next loss needs the memory
    progress.steps += 1


def _shown(batches: Iterable[Batch], epoch: int, plan: Plan) -> Iterable[Batch]:
    from swapbench_models.training.bar import bar

    return bar(batches, f"epoch {epoch + 1} of {plan.epochs}")
