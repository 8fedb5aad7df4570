"""Mixtures: the same share for every window, which is what an agent has to be better than."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from swapbench_models.can.fusion.actions import ALPHAS, Actions, Numbers
from swapbench_models.can.fusion.samples import Samples
from swapbench_models.can.fusion.table import Row, row

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

FIXED = (0.0, 0.25, 0.5, 0.75, 1.0)


def fixed(samples: Samples) -> list[Row]:
    """Return how both sources alone and each mixture of FIXED do, in this order."""
    alone = [row(f"{name} only", samples, alpha) for name, alpha in zip(samples.named, (0.0, 1.0), strict=True)]
    return alone + [row(f"alpha {alpha:g}", samples, alpha) for alpha in FIXED]


class Mixture:
    """The best of the 21 shares by F1, of equal ones that with the greater reward, and so the nearer to a half."""

    def __init__(self) -> None:
        self.attempts: tuple[Attempt, ...] = ()
        self.action = len(ALPHAS) // 2

    @property
    def alpha(self) -> float:
        return float(ALPHAS[self.action])

    def fit(self, samples: Samples, folder: Path | None = None) -> Self:
        """Choose; there is nothing to keep, for it takes no time. Raises DataError where a class is missing."""
        samples.require()
        merits = [row("", samples, alpha).merit for alpha in ALPHAS]
        self.action = merits.index(max(merits))
        return self

    def actions(self, first: Numbers, second: Numbers) -> Actions:
        return np.full(np.shape(first), self.action, np.intp)

    def learned(self) -> dict[str, Any]:
        return {"action": self.action}

    def take(self, learned: Mapping[str, Any]) -> None:
        self.action = range(len(ALPHAS)).index(learned["action"])

    def count_parameters(self) -> int:
        return 1
