"""Errors of training, each a sentence that says what to do."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from swapbench_models.error import FamilyError

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt


class TrainingError(FamilyError):
    """Something was asked for that cannot be done; the message is for the one who asked."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be gone on from: it is damaged, or another training's; the text names it and says why."""


class OutOfMemoryError(TrainingError):
    """There was too little memory in every attempt; `attempts` are all of them, and the text lists them."""

    def __init__(self, attempts: Sequence["Attempt"]) -> None:
        told = "; ".join(str(each) for each in attempts)
        super().__init__(f"There is too little memory to train ({told}); give smaller inputs or a smaller model.")
        self.attempts = tuple(attempts)
