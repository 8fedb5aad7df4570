"""Progress: how a training went, epoch by epoch, and how long one waits for it to go better."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

Stop = Literal["", "epochs", "patience", "target", "diverged"]


@dataclass
class Progress:
    """The mean loss of each epoch on what is trained on, and the loss on what validates, where anything does; why
    training ended ("": it has not), after how many steps, and how long it took, in seconds."""

    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    stopped: Stop = ""
    steps: int = 0
    seconds: float = 0.0

    @property
    def epochs_run(self) -> int:
        return len(self.losses)

    @property
    def watched(self) -> list[float]:
        """The losses that training is judged by: those on what validates, or else all that there are."""
        return self.validation_losses or self.losses


@dataclass(frozen=True)
class Patience:
    """Waits `epochs` epochs (0: for ever) for a loss to get better.

    Since "best": for one that is less than any before. Since "last": it has waited for as long as the loss has risen
    from each epoch to the next.
    """

    epochs: int
    since: Literal["best", "last"] = "best"

    def ended(self, losses: Sequence[float]) -> bool:
        """Tell from the losses of all epochs so far whether it is time to stop."""
        if not self.epochs or not losses:
            return False
        return (_after_the_best if self.since == "best" else _rises)(losses) >= self.epochs


def _after_the_best(losses: Sequence[float]) -> int:
    """Return how many losses come after the least, of equal ones the first."""
    return len(losses) - 1 - losses.index(min(losses))


def _rises(losses: Sequence[float]) -> int:
    """Return how many of the last losses are each more than the one before it."""
    place = len(losses) - 1
    while place > 0 and losses[place] > losses[place - 1]:
        place -= 1
    return len(losses) - 1 - place
