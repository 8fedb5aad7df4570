"""A plan: how long and how carefully a model is trained, whatever it is."""

import math
from dataclasses import dataclass
from typing import Literal

from swapbench_models.training.error import TrainingError
from swapbench_models.training.progress import Patience, Progress, Stop


@dataclass(frozen=True)
class Plan:
    """How a model is trained; optimizer and learning rates are objects, which a family hands to the loop.

    A step is taken after `accumulation` batches, as if they were one. The gradient's norm is at most `clip` (None: as
    it is). Training ends after `epochs`, before that when `patience` does (None: for ever), or when an epoch's loss on
    what is trained on is `target_loss` or less. `seed` fixes all that is drawn. In `precision` bfloat16, products are
    made by torch's autocast; weights and steps stay as they are. Raises TrainingError for what cannot be.
    """

    epochs: int
    accumulation: int = 1
    clip: float | None = None
    patience: Patience | None = None
    target_loss: float | None = None
    seed: int = 0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        for name in ("epochs", "accumulation"):
            if getattr(self, name) < 1:
                raise TrainingError(f"{name} {getattr(self, name)}: give a number from 1 on.")
        if self.clip is not None and not self.clip > 0:
            raise TrainingError(f"clip {self.clip:g}: give a norm above 0, or none.")
        if self.patience is not None and self.patience.epochs < 0:
            raise TrainingError(f"patience {self.patience.epochs}: give a number of epochs, or 0 for none.")
        if self.precision not in ("float32", "bfloat16"):
            raise TrainingError(f"There is no precision '{self.precision}'; choose float32 or bfloat16.")

    def ended(self, progress: Progress) -> Stop:
        """Tell, after each epoch, why training ends with it; nothing where it goes on."""
        if not all(map(math.isfinite, (*progress.losses[-1:], *progress.validation_losses[-1:]))):
            return "diverged"
        if self.target_loss is not None and progress.losses and progress.losses[-1] <= self.target_loss:
            return "target"
        if self.patience is not None and self.patience.ended(progress.watched):
            return "patience"
        return "epochs" if progress.epochs_run >= self.epochs else ""
