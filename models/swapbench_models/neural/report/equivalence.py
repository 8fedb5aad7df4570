"""Equivalence: whether a compiled network predicts as well as the native one, within what is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

LIMITS: Mapping[str, float] = {"accuracy": 0.01, "log_loss": 0.1}
# What is scored, in words.
SCORES: Mapping[str, str] = {"accuracy": "accuracy", "macro_f1": "macro F1", "log_loss": "log loss"}

Status = Literal["passed", "NOT EQUIVALENT", "not checked"]


@dataclass(frozen=True)
class Check:
    """One score of both sides: `differences`, compiled less native, are of each fold and seed that both have.

    `interval` is the instrument's 95 % interval of the mean difference, where it gives one.
    """

    metric: str
    differences: tuple[float, ...]
    interval: tuple[float, float] | None

    @property
    def limit(self) -> float:
        return LIMITS[self.metric]

    @property
    def difference(self) -> float | None:
        """The mean difference; None where no fold has both."""
        return fmean(self.differences) if self.differences else None

    @property
    def largest(self) -> float | None:
        """The difference that is furthest from nothing."""
        return max(self.differences, key=abs, default=None)

    @property
    def status(self) -> Status:
        """Passed where the mean difference is smaller than the limit."""
        if self.difference is None:
            return "not checked"
        return "passed" if abs(self.difference) < self.limit else "NOT EQUIVALENT"

    @property
    def open(self) -> bool:
        """Whether the interval reaches beyond what is allowed, so that other folds may say otherwise."""
        return self.interval is not None and max(map(abs, self.interval)) >= self.limit
