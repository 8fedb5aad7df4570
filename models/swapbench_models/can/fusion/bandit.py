"""A bandit: who learns from the reward of the one share that it chose what each would be given."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from swapbench_models.can.fusion.actions import ALPHAS, THRESHOLD, Actions, Numbers, fused
from swapbench_models.can.fusion.samples import Samples

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

_KNOTS = np.linspace(0, 1, 5)
_CELLS = len(_KNOTS) ** 2
_SIZE = 2 * _CELLS + 3
_AT_ONCE = 4096  # windows whose features, 8 kB each, are there at a time


class Bandit:
    """LinUCB with one linear model for all arms (Chu, Li, Reyzin and Schapire, "Contextual bandits with linear payoff
    functions", 2011), each window of which is a round of its own: no action has a part in which window comes next.

    It chooses the share with the greatest bound, the estimated reward and `width` of its deviations, and is told the
    reward of that one alone; of `batch` windows after they were all chosen for. It goes through the samples as often as
    it takes to make `rounds` rounds or more, each time in another order, drawn by the seed. What it has learnt in the
    end it uses without the bound.
    """

    def __init__(self, rounds: int, seed: int, width: float = 1.0, batch: int = 128) -> None:
        self.rounds, self.seed, self.width, self.batch = rounds, seed, width, batch
        self.attempts: tuple[Attempt, ...] = ()
        self._weights: Numbers = np.zeros(_SIZE)

    def fit(self, samples: Samples, folder: Path | None = None) -> Self:
        """Learn anew; there is nothing to keep, for it takes no time. Raises DataError where a class is missing."""
        samples.require()
        draw = np.random.default_rng(self.seed)
        passes = -(-self.rounds // len(samples))
        order = np.concatenate([draw.permutation(len(samples)) for _ in range(passes)])
        seen, paid = np.eye(_SIZE), np.zeros(_SIZE)
        self._weights = np.zeros(_SIZE)
        for part in np.split(order, range(self.batch, len(order), self.batch)):
            chosen, given = self._round(samples, part, np.asarray(np.linalg.inv(seen), np.float64))
            seen += chosen.T @ chosen
            paid += chosen.T @ given
            self._weights = np.asarray(np.linalg.solve(seen, paid), np.float64)
        return self

    def actions(self, first: Numbers, second: Numbers) -> Actions:
        parts = range(_AT_ONCE, len(first), _AT_ONCE)
        pairs = zip(np.split(first, parts), np.split(second, parts), strict=True)
        return np.concatenate([(features(*pair) @ self._weights).argmax(axis=1) for pair in pairs])

    def learned(self) -> dict[str, Any]:
        return {"weights": self._weights.tolist()}

    def take(self, learned: Mapping[str, Any]) -> None:
        self._weights = np.array(learned["weights"], np.float64).reshape(_SIZE)

    def count_parameters(self) -> int:
        return _SIZE

    def _round(self, samples: Samples, part: Actions, spread: Numbers) -> tuple[Numbers, Numbers]:
        """Return the features (n, _SIZE) of what is chosen for a part, and what it is given (n,)."""
        every = features(samples.first[part], samples.second[part])
        deviations = np.sqrt(((every @ spread) * every).sum(axis=2))
        chosen = (every @ self._weights + self.width * deviations).argmax(axis=1)
        return every[np.arange(len(part)), chosen], samples.rewards[part, chosen]


def features(first: Numbers, second: Numbers) -> Numbers:
    """Return what a reward is taken to be linear in, for each pair of scores and each share (n, 21, 53).

    An alarm and none each have 25 numbers, which say where among 5 by 5 points the scores are, so that a sum over them
    is any surface that is bilinear between these points; then how sure the alarm is, how sure that there is none, and
    how near the share is to a half.
    """
    mixed = fused(first[:, None], second[:, None], ALPHAS)
    alarm = (mixed > THRESHOLD).astype(np.float64)
    place = (_hats(first)[:, :, None] * _hats(second)[:, None, :]).reshape(-1, 1, _CELLS)
    balance = np.broadcast_to(1 - 2 * np.abs(ALPHAS - 0.5), alarm.shape)
    sure = [mixed * alarm, (1 - mixed) * (1 - alarm), balance]
    return np.concatenate([place * alarm[..., None], place * (1 - alarm[..., None]), np.stack(sure, axis=-1)], axis=2)


def _hats(scores: Numbers) -> Numbers:
    """Return how near scores (n,) are to each knot (n, 5): 1 at it, 0 from the next one on."""
    width = _KNOTS[1] - _KNOTS[0]
    near: Numbers = np.maximum(0, 1 - np.abs(scores[:, None] - _KNOTS) / width)
    return near
