"""Scores: evidence on how good the predictions of two sides are, over the same examples and folds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any

from harness.judge.evidence import Evidence
from harness.judge.proportions import mcnemar_p, tango_interval, tango_p
from harness.judge.statistics import Side, folds_p, mean_interval, mean_p, over_folds
from harness.plan import units
from harness.plan.outline import Score
from harness.plan.tolerance import Tolerance
from harness.record.record import Record
from harness.run.examples import unpack

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The smallest difference that matters where a suite declares nothing: half a percent of the score.
SCORE = Tolerance(relative=0.005)

Folds = Mapping[int, Record]


@dataclass(frozen=True)
class _Chances:
    """Differences (new minus baseline), and a `test` that gives the probability of such ones if the true one were at
    most ("greater") or at least ("less") a given one; None where there is no difference at all."""

    mean: float
    interval: tuple[float, float] | None
    grounds: str
    test: Callable[[float, Side], float] | None


def evidence(baseline: Folds, now: Folds, metric: str, score: Score, tolerance: Tolerance) -> Evidence | None:
    """Return the evidence on one score of a row, over the folds that both sides have; None when they share none.

    Identical predictions are equivalent, and nothing is left to chance. Else results stored for each test example are
    compared example by example: right and wrong answers by McNemar's and Tango's tests, other losses by their mean.
    Where examples occur in several folds, or their results are not stored, scores that are equal in every fold are
    equivalent, and others are compared with the variance corrected for overlapping training sets.
    """
    folds = [f for f in sorted(baseline) if f in now and metric in baseline[f].scores and metric in now[f].scores]
    if not folds:
        return None
    before, after = [baseline[fold] for fold in folds], [now[fold] for fold in folds]
    old, new = (fmean(record.scores[metric] for record in side) for side in (before, after))
    limit = tolerance.limit(old)
    chances = _chances(before, after, metric)
    worse, better, outside = _probabilities(chances, limit)
    if score.better == "lower":
        worse, better = better, worse
    return Evidence(
        cell=after[0].cell,
        folds=tuple(folds),
        metric=metric,
        unit=score.unit,
        baseline=old,
        value=new,
        effect_is="difference",
        effect=chances.mean,
        interval=chances.interval,
        limit=tolerance.told(old, score.unit),
        worse=worse,
        better=better,
        outside=outside,
        least=0.0,
        beyond=(old - new if score.better == "higher" else new - old) > limit,
        grounds=f"{old:.4f} -> {new:.4f}, {_difference(chances)}{chances.grounds}",
    )


def _probabilities(chances: _Chances, limit: float) -> tuple[float, float, float]:
    """Return the probabilities of such differences if the score had fallen, had risen, or had moved either way, by no
    more than `limit`, no more than `limit`, and no less."""
    if chances.test is None:
        return 1.0, 1.0, 0.0
    outside = max(chances.test(limit, "less"), chances.test(-limit, "greater"))
    return chances.test(-limit, "less"), chances.test(limit, "greater"), outside


def _difference(chances: _Chances) -> str:
    if chances.interval is None:
        return f"{chances.mean:+.4f} "
    low, high = chances.interval
    return f"{chances.mean:+.4f} ({low:+.4f} to {high:+.4f}) "


def _chances(before: Sequence[Record], after: Sequence[Record], metric: str) -> _Chances:
    """Choose the sharpest comparison that the records allow."""
    differences = [b.scores[metric] - a.scores[metric] for a, b in zip(before, after, strict=True)]
    pairs = _pairs(before, after, metric)
    alike = all(a.predictions_sha256 == b.predictions_sha256 for a, b in zip(before, after, strict=True))
    if not any(differences) and (alike or pairs is None):
        return _equal(before, predictions=alike and before[0].predictions_sha256 is not None)
    if pairs is None:
        return _by_fold(differences, before)
    left, right = pairs
    if left.dtype == bool and right.dtype == bool:
        return _by_answer(int((left & ~right).sum()), int((right & ~left).sum()), len(left))
    return _by_loss(right.astype(float) - left.astype(float))


def _equal(records: Sequence[Record], *, predictions: bool) -> _Chances:
    """Equal in every fold: a score under a fixed seed is no sample, so nothing is left to chance."""
    what = "predictions" if predictions else "scores"
    return _Chances(0.0, (0.0, 0.0), f"with identical {what} in {units.counted(len(records), 'fold')}", None)


def _by_answer(only_before: int, only_after: int, count: int) -> _Chances:
    def test(difference: float, side: Side) -> float:
        p = tango_p(only_before, only_after, count, difference, side)
        # Tango's is an approximation; at a difference of nothing there is an exact test, which bounds it where the
        # claim is that one side is better at all.
        claims = difference >= 0.0 if side == "greater" else difference <= 0.0
        return max(p, mcnemar_p(only_before, only_after, side)) if claims else p

    mean = (only_after - only_before) / count
    grounds = f"over {count:,} examples, {only_before} right only before and {only_after} only now"
    return _Chances(mean, tango_interval(only_before, only_after, count), grounds, test)


def _by_loss(differences: "NDArray[Any]") -> _Chances:
    def test(difference: float, side: Side) -> float:
        return mean_p(differences, difference, side)

    return _Chances(float(differences.mean()), mean_interval(differences), f"over {len(differences):,} examples", test)


def _by_fold(differences: Sequence[float], records: Sequence[Record]) -> _Chances:
    share = _test_share(records)

    def test(difference: float, side: Side) -> float:
        return folds_p(differences, difference, side, share)

    estimate = over_folds(differences, share)
    width = estimate.half_width
    interval = None if width is None else (estimate.mean - width, estimate.mean + width)
    return _Chances(estimate.mean, interval, f"over {units.counted(len(differences), 'fold')}", test)


def _test_share(records: Sequence[Record]) -> float | None:
    shares = [r.test_examples / r.train_examples for r in records if r.test_examples and r.train_examples]
    return fmean(shares) if len(shares) == len(records) and len(shares) > 1 else None


def _pairs(
    before: Sequence[Record], after: Sequence[Record], metric: str
) -> "tuple[NDArray[Any], NDArray[Any]] | None":
    """Return the results of both sides example by example, where both have them and no example occurs twice."""
    import numpy as np

    if any(metric not in record.examples for record in (*before, *after)) or _repeated(before):
        return None
    left, right = ([unpack(record.examples[metric]) for record in side] for side in (before, after))
    if [len(part) for part in left] != [len(part) for part in right]:
        return None
    return np.concatenate(left), np.concatenate(right)


def _repeated(records: Sequence[Record]) -> bool:
    """Tell whether the folds test more examples than there are."""
    tested = sum(record.test_examples or 0 for record in records)
    return tested > max((record.test_examples or 0) + (record.train_examples or 0) for record in records)
