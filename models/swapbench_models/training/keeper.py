"""A keeper: where a training is kept after each epoch, to go on from, and the weights of its best one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from torch import nn

from swapbench_models import typed
from swapbench_models.training import checkpoint
from swapbench_models.training.error import CheckpointError, TrainingError
from swapbench_models.training.progress import Progress
from swapbench_models.training.state import State


@dataclass
class Keeper:
    """Keeps a training in the file `latest`, and in `best`, if one is given, the weights of the epoch that is the best
    so far: by a `score`, of which more is better, or else by the loss that training is judged by.

    `stands_on` names what the training depends on, with a digest of each: its configuration, its data, its code.
    """

    latest: Path
    stands_on: Mapping[str, str]
    best: Path | None = None
    score: Callable[[], float] | None = None
    _most: float = field(default=float("-inf"), init=False)

    def resumed(self, state: State) -> Progress | None:
        """Return the progress of the training that is kept, whose state is taken over; None where there is none.

        Raises CheckpointError for one that cannot be gone on from. Who catches it decides what to do: `forget` lets
        training begin anew, with a model built anew, for of another one's state parts may have been taken over.
        """
        self._most = float("-inf")
        if not self.latest.exists():
            return None
        kept = checkpoint.read(self.latest, self.stands_on)
        if self.best is not None:  # which is written before the latest, and so never behind it
            self._most = checkpoint.read(self.best, self.stands_on)["score"]
        try:
            state.restore(kept["state"])
            return typed.made(Progress, kept["progress"])
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise CheckpointError(f"{self.latest}: is of another model or optimizer ({error}).") from error

    def keep(self, state: State, progress: Progress) -> None:
        """Write the state after an epoch, and before it, if the epoch is the best, its weights."""
        if self.best is not None:
            score = self.score() if self.score else -progress.watched[-1]
            if not math.isfinite(score):
                raise TrainingError(f"The score of epoch {progress.epochs_run} is {score}; keep the best by another.")
            if score > self._most:
                self._most = score
                kept = {"model": state.module.state_dict(), "score": score, "epoch": progress.epochs_run}
                checkpoint.save(self.best, kept, self.stands_on)
        checkpoint.save(self.latest, {"state": state.captured(), "progress": asdict(progress)}, self.stands_on)

    def load_best(self, module: nn.Module) -> None:
        """Let a module take over the best weights; raises CheckpointError as `resumed` does, and if there are none."""
        if self.best is None:
            raise CheckpointError(f"{self.latest}: no weights of the best epoch are kept beside it.")
        module.load_state_dict(checkpoint.read(self.best, self.stands_on)["model"])

    def forget(self) -> None:
        """Delete what is kept."""
        for file in (self.latest, self.best):
            if file is not None:
                file.unlink(missing_ok=True)
