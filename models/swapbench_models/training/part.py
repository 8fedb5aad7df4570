"""Parts: what one process does of a training; it does the whole, where it shares it with none."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch
from torch import Tensor

from swapbench_models.training.error import TrainingError
from swapbench_models.training.plan import Plan

if TYPE_CHECKING:
    from swapbench_models.training.loop import Training

Batch = TypeVar("Batch")


def share(batch: Any, rank: int, size: int) -> Any:
    """Return what process `rank` of `size` takes of a batch: a slice of it, or of each thing that a tuple is made of;
    None where nothing is left for it.

    Shares differ by one example at most, and the first process always has one. Raises TrainingError for a batch whose
    examples are not known.
    """
    if isinstance(batch, tuple):
        parts = tuple(share(each, rank, size) for each in batch)
        return None if any(part is None for part in parts) else parts
    if isinstance(batch, list | Mapping):
        raise TrainingError(
            f"A batch that is a {type(batch).__name__} does not say how it is shared out among processes; give "
            "Training a `share` of batch, rank and size."
        )
    first, end = (-(-len(batch) * place // size) for place in (rank, rank + 1))
    return batch[first:end] if first < end else None


class Whole(Generic[Batch]):
    """All of a training, done by this process alone."""

    keeps = True  # it is this process that writes down what is kept, and shows how far it is

    def __init__(self, training: "Training[Batch]", plan: Plan) -> None:
        self.training, self.plan = training, plan

    def batches(self, epoch: int, generator: torch.Generator) -> Iterable[Batch]:
        """Return the batches of an epoch."""
        return self.training.batches(epoch, generator)

    def learn(self, batch: Batch, weight: float, generator: torch.Generator) -> Tensor:
        """Add the gradient of a batch of that weight to the step's, and return its loss times its weight.

        In a step of several batches gradients are multiplied with the weights, else they are those of the mean.
        """
        with self._precision():
            loss = self.training.loss(batch, generator)
        (loss if self._alone else loss * weight).backward()  # type: ignore[no-untyped-call]  # torch leaves it without types
        return loss.detach() * weight

    def total(self, lost: Tensor | float) -> float:
        """Return the sum of what `learn` has returned in an epoch, over all processes."""
        return float(lost)

    def checked(self, check: Callable[[], float]) -> float:
        """Return the loss on what validates, the same in all processes."""
        return check()

    @property
    def _alone(self) -> bool:
        """Whether a step is one batch."""
        return self.plan.accumulation == 1

    def _precision(self) -> AbstractContextManager[Any]:
        if self.plan.precision == "float32":
            return nullcontext()
        return torch.autocast(next(self.training.module.parameters()).device.type, torch.bfloat16)
