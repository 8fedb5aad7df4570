"""Estimates: how good one row is in one score, and how well that is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from swapbench.base import units
from swapbench.judge.bounded import interval
from swapbench.judge.counts import count_of
from swapbench.judge.resolution import resolution
from swapbench.judge.results import by_part, pooled, repeated, test_share
from swapbench.judge.statistics import over_folds
from swapbench.plan.outline import ScoreOutline
from swapbench.record.record import Record

# Fewer folds say nothing of their spread that could be told as an interval.
FEWEST_FOLDS = 3


@dataclass(frozen=True)
class Estimate:
    """The mean of a score over folds, with its 95 % interval `low` to `high` inside the bounds of the metric.

    Where there is no interval, both are None and `span` has the least and the most of the folds, None where there is
    only one. `grounds` says in words what the interval rests on.
    """

    value: float
    low: float | None = None
    high: float | None = None
    span: tuple[float, float] | None = None
    grounds: str = ""


def estimate(records: Sequence[Record], score: ScoreOutline) -> Estimate:
    """Return the estimate of a score over records, one a fold, that have it.

    A count of the model itself has no interval. Where results of each test example are stored and none occurs twice,
    the interval is that of the pooled examples of all folds, by groups where there are groups. Else it is that of the
    folds, whose training sets overlap (see statistics.over_folds) and of which those that test the same part are one,
    and from fewer than three there is none.
    """
    if (count := count_of(records, score)) is not None:
        return Estimate(count, grounds="counted, the same in all folds")
    values = [record.scores[score.name] for record in records]
    mean = fmean(values)
    results = pooled(records, score.name)
    if results is not None and results.clusters > 1:
        error = results.error
        low, high = interval(mean, error, results.clusters - 1, score.bounds, results.clusters)
        return _within(mean, (low, high), values, results.in_words)
    means, parts = by_part(values, records)
    told = units.counted(len(values), "fold")
    told += f" of {units.counted(len(parts), 'test part')}" if 1 < len(parts) < len(values) else ""
    span = (min(values), max(values)) if len(values) > 1 else None
    if len(values) < FEWEST_FOLDS:
        return Estimate(mean, None, None, span, f"of {told}, too few for an interval")
    if 1 < len(parts) < FEWEST_FOLDS:
        return Estimate(mean, None, None, span, f"of {told}, which are too few for an interval")
    known = over_folds(means, test_share(parts), resolution(records, score, values))
    if not known.freedom:
        return Estimate(mean, None, None, span, f"of {told}, which all test the same examples")
    tested = [record.test_examples for record in records if record.test_examples is not None]
    counted = max if repeated(records) else sum
    examples = counted(tested) if len(tested) == len(records) else None
    low, high = interval(mean, known.error, known.freedom, score.bounds, examples)
    return _within(mean, (low, high), values, told)


def _within(mean: float, ends: tuple[float, float], values: Sequence[float], told: str) -> Estimate:
    """Return an estimate with its interval, or with the range of the folds where an end of the interval is unknown."""
    if not all(map(math.isfinite, ends)):
        span = (min(values), max(values)) if len(values) > 1 else None
        return Estimate(mean, None, None, span, f"of {told}, too few to tell an interval")
    return Estimate(mean, *ends, None, f"over {told}")
