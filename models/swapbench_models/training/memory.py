"""Little memory: who runs out of it begins anew with half the examples at a time, and takes the same steps."""

import gc
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeVar

from swapbench_models.error import told
from swapbench_models.training.error import OutOfMemoryError, TrainingError

Made = TypeVar("Made")
MOST = 4
# What torch says on the processor, on a device, and where C++ says it. No single word will do: rooms have "oom" too.
_SAID = re.compile(
    r"DefaultCPUAllocator: (can't allocate|not enough) memory|\b(CUDA|HIP|XPU|MPS)( error:)? out of memory|"
    r"backend out of memory|^std::bad_alloc$"
)


@dataclass(frozen=True)
class Sharing:
    """How the `effective` examples of a step are shared out over `accumulation` batches, as evenly as can be."""

    effective: int
    accumulation: int = 1

    def __post_init__(self) -> None:
        """Raise TrainingError for what cannot be."""
        if not 1 <= self.accumulation <= self.effective:
            raise TrainingError(f"{self.effective} examples a step cannot be shared out over {self.accumulation}.")

    @property
    def batch_size(self) -> int:
        """The most examples in a batch."""
        return -(-self.effective // self.accumulation)

    def halved(self) -> "Sharing":
        """Return the same examples a step in twice as many batches, or in as many as there are examples."""
        return replace(self, accumulation=min(2 * self.accumulation, self.effective))

    def cut(self, order: Any) -> Iterator[Any]:
        """Yield the batches of an epoch, as slices of its examples in order (n,), for a plan with this accumulation.

        Only the last step may have fewer examples, and batches, than the others.
        """
        for first in range(0, len(order), self.effective):
            step = order[first : first + self.effective]
            parts = min(self.accumulation, len(step))
            cuts = [len(step) * part // parts for part in range(parts + 1)]
            yield from (step[start:end] for start, end in pairwise(cuts))


@dataclass(frozen=True)
class Attempt:
    """What was tried: batches of at most so many examples, so many of them a step, and why it failed, if it did."""

    batch_size: int
    accumulation: int
    error: str = ""

    def __str__(self) -> str:
        return f"{self.batch_size} at a time, {self.accumulation} times a step: {self.error or 'done'}"


def within_memory(
    attempt: Callable[[Sharing], Made], batch_size: int, accumulation: int = 1, retries: int = MOST
) -> tuple[Made, tuple[Attempt, ...]]:
    """Return what an attempt makes, and all attempts; it builds all that it needs, from the seed on.

    An attempt that runs out of memory is forgotten, and the next has half the examples at a time and twice as many
    batches a step, `retries` times at most and down to single examples. The examples of a step stay exactly as many:
    where they cannot be halved, some batches have one less. Raises OutOfMemoryError where that is not enough.
    """
    sharing, attempts = Sharing(batch_size * accumulation, accumulation), list[Attempt]()
    while True:
        try:
            made = attempt(sharing)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            attempts.append(Attempt(sharing.batch_size, sharing.accumulation, told(error)))
        else:
            return made, (*attempts, Attempt(sharing.batch_size, sharing.accumulation))
        # Not within `except`, where the traceback still holds the frames, and they all that was built.
        _free()
        if sharing.batch_size == 1 or len(attempts) > retries:
            raise OutOfMemoryError(attempts)
        sharing = sharing.halved()


def out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that there was too little memory, and nothing else."""
    if isinstance(error, MemoryError):
        return True
    return isinstance(error, RuntimeError) and _SAID.search(str(error)) is not None


def _free() -> None:
    gc.collect()  # what an attempt built may be in circles
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
