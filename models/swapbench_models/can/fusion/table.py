"""A table: how well alarms are raised, mixture by mixture."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swapbench_models.can.fusion.actions import THRESHOLD, fused
from swapbench_models.can.fusion.reward import reward
from swapbench_models.can.fusion.samples import Samples


@dataclass(frozen=True)
class Row:
    """How one way of mixing does on samples: shares of 1, and the means of its rewards and shares `alpha`.

    None is what cannot be said: the precision of no alarm, the recall of no attack, F1 of neither, and all of nothing.
    """

    name: str
    accuracy: float | None
    precision: float | None
    recall: float | None
    f1: float | None
    reward: float | None
    alpha: float | None

    @property
    def merit(self) -> tuple[float, float]:
        """What is chosen by, more being better: F1, which is what is published, and of equal ones the reward."""
        return (self.f1 or 0.0, self.reward or 0.0)


def row(name: str, samples: Samples, alpha: ArrayLike) -> Row:
    """Return how shares do, one for all samples or one each (n,)."""
    shares = np.broadcast_to(np.asarray(alpha, np.float64), samples.labels.shape)
    alarm, attack = fused(samples.first, samples.second, shares) > THRESHOLD, samples.labels == 1
    hits = int((alarm & attack).sum())
    alarms, attacks = int(alarm.sum()), int(attack.sum())
    given = reward(samples.first, samples.second, samples.labels, shares)
    return Row(
        name,
        accuracy=_share(int((alarm == attack).sum()), len(samples)),
        precision=_share(hits, alarms),
        recall=_share(hits, attacks),
        f1=_share(2 * hits, alarms + attacks),
        reward=_mean(given),
        alpha=_mean(shares),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _mean(values: NDArray[Any]) -> float | None:
    return float(values.mean()) if len(values) else None
