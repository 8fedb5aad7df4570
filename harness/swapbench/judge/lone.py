"""Lone processes: what can be said of tests that pytest-benchmark measured in one process a side."""

import math
from collections.abc import Sequence
from statistics import NormalDist, median_low, quantiles
from typing import Any

from swapbench.base import units
from swapbench.judge.evidence import Evidence
from swapbench.judge.ranks import rank_p, ratio, ratio_interval, wins_p
from swapbench.judge.statistics import Student
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record

# How much slower or faster one process may be than another of the same code, for its whole life: in the trials of
# `selfcheck --gate` one in twenty was by 7 to 10 %. What it is on a machine, that command says there.
LIFE = 0.10
# From the quartiles of fewer calls their spread is not known.
_FEWEST = 10
_NORMAL_QUARTILE = NormalDist().inv_cdf(0.75)
_QUARTILES = 3
# No clock tells apart what differs by less, in seconds.
_CLOCK_S = 1e-7
_TAIL = 0.025


def lone(before: Record, after: Record) -> bool:
    """Whether these are calls of one process each, of a test that belongs to no suite and will have no more."""
    return not after.cell.backend and len(before.samples) == len(after.samples) == 1


def evidence(before: Record, after: Record, tolerance: Tolerance, life: float) -> Evidence:
    """Return the evidence on the time of a test. All calls share what their process was born with, so that only what
    lies beyond both a process's `life` and the calls' own noise is told from chance; nothing within it is shown.

    Calls are compared by Mann and Whitney's exact test. Of a file that has but their quartiles, the medians are: their
    errors are those of normal values as far apart as the quartiles.
    """
    sides = [record.samples[0] for record in (before, after)]
    calls, counts = [side["walls"] for side in sides], [_count(side) for side in sides]
    base, now = map(median_low, calls)
    over = 1 + max(life, tolerance.limit(base) / base if base else math.inf)
    effect = ratio(*calls)
    if any("quartiles_of" in side for side in sides):
        medians = _medians(calls, counts)
        low, high = (math.exp(end) for end in medians.ends(_TAIL))
        worse, better = medians.p(math.log(over), "greater"), medians.p(-math.log(over), "less")
        least, told = (0.0 if medians.freedom else 1.0), "the quartiles of "
    else:
        low, high = ratio_interval(*calls)
        old, new = calls
        worse, better = rank_p(old, new, over, "greater"), rank_p(old, new, 1 / over, "less")
        least, told = wins_p(counts[0] * counts[1], *counts), ""
    ends = f" ({low:.3f}x to {high:.3f}x)" if math.isfinite(high) else ""
    told_effect = f"{effect:.3f}x{ends}" if math.isfinite(effect) else "no ratio to nothing"
    figures = f"{units.quantity(base, 's')} -> {units.quantity(now, 's')}, {told_effect}"
    return Evidence(
        cell=after.cell,
        folds=(after.cell.fold,),
        metric=f"{after.cell.phase}_time",
        unit="s",
        baseline=base,
        value=now,
        effect_is="ratio",
        effect=effect if math.isfinite(effect) else None,
        interval=(low, high) if math.isfinite(high) else None,
        limit=f"{tolerance.in_words(base, 's')} and the {100 * life:g}% that a process's life alone may make",
        worse=worse,
        better=better,
        outside=1.0,
        least=least,
        beyond=effect > over,
        grounds=f"{figures} over {told}{counts[0]} + {counts[1]} calls of one process a side",
        allowed=(1 / over, over),
    )


def _count(side: dict[str, Any]) -> int:
    """Return how many calls a side has made, of which a file may have kept the quartiles alone."""
    return int(side.get("quartiles_of", len(side["walls"])))


def _medians(calls: Sequence[Sequence[float]], counts: Sequence[int]) -> Student:
    """Return the logarithm of the ratio of medians with its error; of no freedom where that is not known."""
    unknown = Student(0.0, 0.0, 0)
    if min(counts) < _FEWEST or min(map(len, calls)) < _QUARTILES:  # a file may have but the least call
        return unknown
    quarters = [tuple(own) if len(own) == _QUARTILES else tuple(quantiles(own, n=4)) for own in calls]
    if any(middle <= 0 for _, middle, _ in quarters):
        return unknown
    errors = [
        math.sqrt(math.pi / 2 / count) * max((third - first) / (2 * _NORMAL_QUARTILE), _CLOCK_S) / middle
        for (first, middle, third), count in zip(quarters, counts, strict=True)
    ]
    return Student(math.log(quarters[1][1] / quarters[0][1]), math.hypot(*errors), min(counts) - 1)
