"""Parallel: a training that several processes share out among them, as if one had done all of it.

Each process draws the same batches and takes its share of each; DistributedDataParallel has gradients added up while
they are computed, and every process takes the same step.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from swapbench_models.training.error import TrainingError
from swapbench_models.training.part import Whole
from swapbench_models.training.plan import Plan
from swapbench_models.training.seeding import begin_at

if TYPE_CHECKING:
    from swapbench_models.training.loop import Training

Batch = TypeVar("Batch")
_END: Any = object()


@dataclass(frozen=True)
class World:
    """The processes that train together: this one is number `rank` of `size`, and computes on `device`."""

    rank: int = 0
    size: int = 1
    device: str = "cpu"

    def part(self, training: "Training[Batch]", plan: Plan) -> Whole[Batch]:
        """Return what this process does of a training, which all of them have in the same state."""
        return Whole(training, plan) if self.size == 1 else Share(training, plan, self)


class Share(Whole[Batch]):
    """What one process of several does of a training."""

    def __init__(self, training: "Training[Batch]", plan: Plan, world: World) -> None:
        super().__init__(training, plan)
        self.keeps = world.rank == 0
        self._world = world
        self._draws = torch.Generator("cpu")
        self._last = True  # whether a step follows the batch
        self._all_added = False

    def batches(self, epoch: int, generator: torch.Generator) -> Iterable[Batch]:
        """Return the batches of an epoch. What a share's loss draws depends on the epoch and the process alone, so that
        batches stay the same for all, and a training that goes on draws what it would have drawn."""
        seed = _seed(self.plan.seed, epoch, self._world.rank)
        self._draws.manual_seed(seed)
        if self.training.draws:
            begin_at(seed, {parameter.device for parameter in self.training.module.parameters()})
        # After its first step it has gradients lie in another order, in which three may have another sum: so that a
        # training that goes on has the sums that it would have had, each epoch begins with one that is new.
        self._loss = DistributedDataParallel(_Loss(self.training))
        self._loss.register_comm_hook(self, _added)
        return self._told(self.training.batches(epoch, generator))

    def learn(self, batch: Batch, weight: float, generator: torch.Generator) -> Tensor:
        """Do as `Whole` does with this process's share of a batch.

        Gradients are added up, so each process weighs its own by its share of the batch's weight. One that has no share
        computes the batch and weighs it nothing, for it has to take part. Raises TrainingError where some weight had no
        part in the loss.
        """
        own = self.training.share(batch, self._world.rank, self._world.size)
        weighs = 0.0 if own is None else self.training.weight(own)
        factor = weighs / weight if self._alone else weighs
        self._all_added = False
        with nullcontext() if self._last else self._loss.no_sync():
            with self._precision():
                loss: Tensor = self._loss(own if weighs > 0 else batch, self._draws)
            (loss * factor).backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        if self._last and not self._all_added:  # torch would tell it before the next batch, which may never come
            raise TrainingError(
                "Some of the weights have no part in the loss of a batch, so that processes cannot add up their "
                "gradients; have their parameters require none, or leave them out of the module."
            )
        return loss.detach() * weighs

    def total(self, lost: Tensor | float) -> float:
        """Return the sum over all processes."""
        del self._loss  # and the memory in which gradients were added up
        whole = torch.as_tensor(lost, device=self._world.device).clone()
        distributed.all_reduce(whole)
        return float(whole)

    def checked(self, check: Callable[[], float]) -> float:
        """Return what the first process finds: several could differ in a bit, and not end after the same epoch."""
        found = torch.tensor([check() if self.keeps else 0.0], dtype=torch.float64, device=self._world.device)
        distributed.broadcast(found, 0)
        return float(found)

    def _told(self, batches: Iterable[Batch]) -> Iterator[Batch]:
        """Yield batches, and note of each whether a step follows it: only then are gradients added up."""
        if self._alone:
            yield from batches
            return
        for number, (batch, after) in enumerate(pairwise(chain(batches, [_END])), 1):
            self._last = after is _END or number % self.plan.accumulation == 0
            yield batch


def _added(
    share: Share[Any],
    bucket: distributed.GradBucket,  # type: ignore[name-defined]
) -> torch.futures.Future[Tensor]:
    """Add some gradients up over all processes; what torch does else is to take their mean."""
    share._all_added = bucket.is_last()
    adding = distributed.all_reduce(bucket.buffer(), async_op=True)
    whole: torch.futures.Future[Tensor] = adding.get_future().then(lambda added: added.value()[0])
    return whole


class _Loss(nn.Module):
    """A family's loss as a module with the network's parameters, for that is what can be made parallel."""

    def __init__(self, training: "Training[Any]") -> None:
        super().__init__()
        self.network, self._loss = training.module, training.loss

    def forward(self, batch: Any, draws: torch.Generator) -> Tensor:
        return self._loss(batch, draws)


def _seed(*of: int) -> int:
    return int.from_bytes(hashlib.sha256(repr(of).encode()).digest()[:8], "little") >> 1
