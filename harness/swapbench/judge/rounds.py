"""Rounds: the times or the peak memory of one row, fold by fold, and by how much they exceed those of another."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, median
from typing import Literal

from swapbench.judge.ratios import Ratio, of_strata
from swapbench.record.record import Record

Size = Literal["time", "memory"]  # in seconds, in bytes
Look = tuple[float, float]  # at worst and at best; the more the better

# Clocks and allocators count in steps: equal values are known no better than that.
_PAGE = 4096.0
_STEP: Mapping[Size, float] = {"time": 1e-7, "memory": _PAGE}
_SMALLEST: Mapping[Size, float] = {"time": 1e-9, "memory": _PAGE}  # that a logarithm is taken of


@dataclass(frozen=True)
class Rounds:
    """The rounds of one row in one phase, given the records that have their times or their peaks, one a fold."""

    kind: Size
    records: Mapping[int, Record]

    @cached_property
    def values(self) -> Mapping[int, Sequence[float]]:
        """What each round of each fold took."""
        return {fold: record.walls if self.kind == "time" else record.peaks for fold, record in self.records.items()}

    @property
    def middle(self) -> float:
        """What the row takes, over rounds and folds."""
        return middle(self.values.values(), self.kind)

    @property
    def loaded(self) -> bool:
        """Whether other load may have lengthened half of the rounds of a fold or more."""
        return self.kind == "time" and any(record.loaded for record in self.records.values())

    def ratio_to(self, base: "Rounds", least: float = 0.0) -> Ratio | None:
        """Return the ratio to another row over the folds that both have, values below `least` counting as that; None
        where there is none, for the one or the other took nothing."""
        shared = [fold for fold in base.values if fold in self.values]
        strata = [(_at_least(least, base.values[fold]), _at_least(least, self.values[fold])) for fold in shared]
        return of_strata(strata, _STEP[self.kind])

    def looks(self, least: float) -> dict[int, Look]:
        """Return what each fold looks like, as logarithms; none looks better than `least` does.

        Other load only ever adds to a time: at most one that it took part in is what it is, and at least it is what its
        cores had to do for it at their best pace, and half of that, for what others do to caches and memory is not
        seen.
        """
        found = {}
        for fold, record in self.records.items():
            most = median(self.values[fold])
            fewest = min(most, _unloaded(record)) if self.kind == "time" and record.loaded else most
            found[fold] = (-math.log(max(most, least)), -math.log(max(fewest, least)))
        return found


def middle(folds: Iterable[Sequence[float]], kind: Size) -> float:
    """Return the geometric mean over folds of the medians of their rounds: of two rows, these have the ratio that is
    told of them. Nothing at all in every fold is nothing."""
    medians = list(map(median, folds))
    if not any(medians):
        return 0.0
    return math.exp(fmean(math.log(max(own, _SMALLEST[kind])) for own in medians))


def _at_least(least: float, values: Sequence[float]) -> list[float]:
    return [max(value, least) for value in values]


def _unloaded(record: Record) -> float:
    """Return the least that a round can have taken without other load, in seconds."""
    cores = len(record.environment.get("cpus") or [0])
    worked: float = min(one["cpu_s"] / max(1.0, one.get("slowdown", 1.0)) for one in record.samples)
    return worked / cores / 2
