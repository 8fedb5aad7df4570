"""Trainings: folds that were trained under several seeds, and how far what they draw at random moves their scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import TYPE_CHECKING, Any

from swapbench.judge.results import Results, pooled
from swapbench.judge.statistics import Student
from swapbench.record.record import Record

if TYPE_CHECKING:
    from numpy.typing import NDArray

Folds = tuple[Record, ...]


@dataclass(frozen=True)
class Trainings:
    """The same folds of two sides under each seed that both have: `pairs` holds (baseline, now) of each training, the
    records of all folds on either side. The first are the records that were given."""

    pairs: tuple[tuple[Folds, Folds], ...]

    @classmethod
    def of(cls, before: Sequence[Record], after: Sequence[Record], metric: str) -> "Trainings":
        """Return the trainings in which a score is defined. Where a side draws at random and further seeds have made no
        other model of it (its seed is its own), they say nothing of what it draws, and only the first is left."""
        folds = [_shared(old, new, metric) for old, new in zip(before, after, strict=True)]
        count = min(map(len, folds))
        if not all(_moved([pair[side] for pair in fold[:count]]) for fold in folds for side in (0, 1)):
            count = 1
        sides = [[tuple(fold[number][side] for fold in folds) for side in (0, 1)] for number in range(count)]
        return cls(tuple((old, new) for old, new in sides))

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def folds(self) -> int:
        return len(self.pairs[0][0])

    @property
    def records(self) -> Folds:
        """The records that were given, of both sides."""
        return self.pairs[0][0] + self.pairs[0][1]

    @property
    def in_words(self) -> str:
        """Say under how many seeds, in words; nothing where it is one."""
        return f", each trained under {len(self)} seeds" if len(self) > 1 else ""

    @property
    def alike(self) -> bool:
        """Whether both sides are known to predict the same, however they were trained."""
        return all(predict_alike(a, b) for old, new in self.pairs for a, b in zip(old, new, strict=True))

    def means(self, metric: str) -> tuple[float, float]:
        """Return the mean of a score on either side, over trainings and folds."""
        old, new = (fmean(r.scores[metric] for pair in self.pairs for r in pair[side]) for side in (0, 1))
        return old, new

    def differences(self, metric: str) -> "NDArray[Any]":
        """Return the differences in a score, new minus baseline (trainings, folds)."""
        import numpy as np

        return np.array(
            [[b.scores[metric] - a.scores[metric] for a, b in zip(old, new, strict=True)] for old, new in self.pairs]
        )

    def results(self, metric: str) -> tuple[Results, Results] | None:
        """Return the results of both sides by example, their mean over trainings where there are several; None where
        they are not of the same examples, each once."""
        found = [_paired(old, new, metric) for old, new in self.pairs]
        known = [pair for pair in found if pair is not None]
        if len(known) < len(found):
            return None
        return known[0] if len(known) == 1 else (_mean([a for a, _ in known]), _mean([b for _, b in known]))

    def drawn(self, metric: str, least: float) -> Student:
        """Return the mean difference, with what the random draws of so many trainings leave open of it.

        Each fold's trainings have seeds of their own, so that they are independent; their variance is that within the
        folds, pooled, at least the resolution `least` of a score.
        """
        differences = self.differences(metric)
        trainings, folds = differences.shape
        if trainings < 2:
            return Student(float(differences.mean()), 0.0, 0)
        within = float(differences.var(axis=0, ddof=1).mean())
        error = math.sqrt(max(within, least * least) / (folds * trainings))
        return Student(float(differences.mean()), error, folds * (trainings - 1))


def predict_alike(before: Record, after: Record) -> bool:
    """Tell whether two records are known to have the same predictions."""
    return before.predictions_sha256 is not None and before.predictions_sha256 == after.predictions_sha256


def _shared(before: Record, after: Record, metric: str) -> list[tuple[Record, Record]]:
    """Return both records, and both as they would be of each further training that they share."""
    known = [{own["seed"]: own for own in record.trainings if metric in own["scores"]} for record in (before, after)]
    further = [
        (_trained(before, known[0][seed]), _trained(after, known[1][seed])) for seed in known[0] if seed in known[1]
    ]
    return [(before, after), *further]


def _trained(record: Record, training: dict[str, Any]) -> Record:
    return replace(record, **{name: training[name] for name in ("scores", "examples", "predictions_sha256")})


def _moved(trainings: Sequence[Record]) -> bool:
    """Tell whether seeds made different models, or there is nothing that they could have moved."""
    return trainings[0].seeded is False or len({record.predictions_sha256 for record in trainings}) > 1


def _paired(before: Folds, after: Folds, metric: str) -> tuple[Results, Results] | None:
    left, right = pooled(before, metric), pooled(after, metric)
    if left is None or right is None or len(left.values) != len(right.values):
        return None
    if [record.test_examples for record in before] != [record.test_examples for record in after]:
        return None
    # Groups are of the data, so what one side has recorded of them holds for both.
    groups = right.groups if left.groups is None else left.groups
    return replace(left, groups=groups), replace(right, groups=groups)


def _mean(trainings: Sequence[Results]) -> Results:
    import numpy as np

    return Results(np.mean([own.values.astype(float) for own in trainings], axis=0), trainings[0].groups)
