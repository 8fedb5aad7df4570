"""Sizes: evidence on times and memory, whose samples are fresh processes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb, isfinite, prod
from statistics import fmean, median, median_low
from typing import Any

from harness.judge.evidence import Evidence
from harness.judge.multiplicity import spent
from harness.judge.ranks import median_interval, ratio, ratio_interval, signed_p, strata_p
from harness.judge.statistics import Side
from harness.plan import units
from harness.plan.outline import Outline
from harness.plan.tolerance import Tolerance
from harness.record.record import Record

# The smallest effects that matter where a suite declares nothing. Below 10 microseconds lie differences of where code
# happens to be loaded; 0.5 MiB is what an allocator keeps or gives back by chance.
TIME = Tolerance(absolute=1e-5, relative=0.02)
MEMORY = Tolerance(absolute=2**19, relative=0.01)

# The fewest pairs that can show what is asked of them: a change in one of many comparisons, and that there is none.
_PAIRS_TO_SHOW, _PAIRS_TO_EXCLUDE = 20, 10

Values = Sequence[float]
Pair = tuple[Record, Record]
Sample = Mapping[str, Any]


@dataclass(frozen=True)
class _Size:
    """What is compared: `values` of the samples of a record, and the `change` from one sample to another that was
    measured together with it, as a share of the value given last."""

    unit: str
    smallest: Tolerance
    values: Callable[[Record], Values]
    change: Callable[[Sample, Sample, float], float]


@dataclass(frozen=True)
class _Fold:
    """Both records of a fold, their values, and how far `after` may move from `scale`; `changes` within each pair of
    samples that were measured together, as shares of the scale."""

    before: Record
    after: Record
    left: Values
    right: Values
    scale: float
    limit: float
    changes: Values

    @property
    def paired(self) -> bool:
        return len(self.left) == len(self.changes) == len(self.right)


@dataclass(frozen=True)
class _Stratum:
    """Values of both sides that may be compared with each other, and how far they may move."""

    before: Values
    after: Values
    limit: float


def evidence(pairs: Sequence[Pair], outline: Outline, look: int | None = None) -> Iterator[Evidence]:
    """Yield the evidence on time and on peak memory of one phase of a row, over all folds that both sides have.

    Values are compared within their fold. Where both sides were measured in turn from the same fork servers, they are
    compared within their server too: where a process's code and data happen to lie in memory makes it faster or
    slower, and its forks inherit that. `look` counts the looks at samples that are still being taken (None: these are
    all there will be).
    """
    cell = pairs[0][1].cell
    if all(record.environment.get("slot") != "none" for _, record in pairs):
        yield from _evidence(pairs, f"{cell.phase}_time", _TIMES, outline, look)
    yield from _evidence(pairs, "peak_memory", _PEAKS, outline, look)


def _time_change(before: Sample, after: Sample, _scale: float) -> float:
    """Return the median change from call to call: what slows the machine for a moment slows both calls of a pair."""
    return float(median(b / a for a, b in zip(before["walls"], after["walls"], strict=False))) - 1


def _peak_change(before: Sample, after: Sample, scale: float) -> float:
    return (int(after["peak_memory_bytes"]) - int(before["peak_memory_bytes"])) / scale


_TIMES = _Size("s", TIME, lambda record: record.best_walls, _time_change)
_PEAKS = _Size("bytes", MEMORY, lambda record: record.peaks, _peak_change)


def _evidence(
    pairs: Sequence[Pair], metric: str, size: _Size, outline: Outline, look: int | None
) -> Iterator[Evidence]:
    cell = pairs[0][1].cell
    tolerance = outline.tolerance(metric, cell.model, cell.backend) or size.smallest
    folds = [_fold(*pair, size, tolerance) for pair in pairs if all(map(size.values, pair))]
    if not folds:
        return
    strata = [stratum for fold in folds for stratum in _strata(fold)]
    base = fmean(median_low(fold.left) for fold in folds)
    now = fmean(median_low(fold.right) for fold in folds)
    effect, interval = _effect(folds)
    unit = size.unit
    yield Evidence(
        cell=cell,
        folds=tuple(fold.after.cell.fold for fold in folds),
        metric=metric,
        unit=unit,
        baseline=base,
        value=now,
        effect_is="ratio",
        effect=effect,
        interval=interval,
        limit=tolerance.told(base, unit),
        worse=_spent(_p(folds, strata, 1, "greater", _PAIRS_TO_SHOW), look),
        better=_spent(_p(folds, strata, -1, "less", _PAIRS_TO_SHOW), look),
        outside=_spent(
            max(_p(folds, strata, 1, "less", _PAIRS_TO_EXCLUDE), _p(folds, strata, -1, "greater", _PAIRS_TO_EXCLUDE)),
            look,
        ),
        least=_spent(_least(strata), look),
        beyond=sum(map(_beyond, folds)) > 0,
        grounds=f"{units.quantity(base, unit)} -> {units.quantity(now, unit)}, {_told(effect, interval)} over "
        f"{sum(len(fold.left) for fold in folds)} + {sum(len(fold.right) for fold in folds)} samples"
        f"{_load(pairs) if unit == 's' else ''}",
    )


def _fold(before: Record, after: Record, size: _Size, tolerance: Tolerance) -> _Fold:
    left, right = size.values(before), size.values(after)
    base = median_low(left)
    scale = base or 1.0
    heats = {sample["heat"]: sample for sample in before.samples if sample.get("heat")}
    together = [(heats[sample["heat"]], sample) for sample in after.samples if sample.get("heat") in heats]
    changes = [size.change(first, second, scale) for first, second in together]
    return _Fold(before, after, left, right, scale, tolerance.limit(base), changes)


def _beyond(fold: _Fold) -> float:
    """Return how far a fold moved beyond what is allowed."""
    if fold.paired:
        return median(fold.changes) * fold.scale - fold.limit
    return median_low(fold.right) - median_low(fold.left) - fold.limit


def _effect(folds: Sequence[_Fold]) -> tuple[float | None, tuple[float, float] | None]:
    """Return the ratio and its interval; None where there is none to nothing at all."""
    if all(fold.paired for fold in folds):
        ratios = [1 + change for fold in folds for change in fold.changes]
        return median(ratios), median_interval(ratios)
    before = [value / fold.scale for fold in folds for value in fold.left]
    after = [value / fold.scale for fold in folds for value in fold.right]
    effect, interval = ratio(before, after), ratio_interval(before, after)
    return effect if isfinite(effect) else None, interval if all(map(isfinite, interval)) else None


def _told(effect: float | None, interval: tuple[float, float] | None) -> str:
    if effect is None:
        return "no ratio to nothing"
    return f"{effect:.3f}x" + (f" ({interval[0]:.3f}x to {interval[1]:.3f}x)" if interval else "")


def _strata(fold: _Fold) -> Iterator[_Stratum]:
    """Yield the values of one fold: all together, or server by server where both sides came from the same ones."""
    left, right = ([sample.get("server") for sample in side.samples] for side in (fold.before, fold.after))
    if None in left or set(left) != set(right):
        yield _Stratum(fold.left, fold.right, fold.limit)
        return
    for server in dict.fromkeys(left):
        yield _Stratum(_of(server, fold.left, left), _of(server, fold.right, right), fold.limit)


def _of(server: object, values: Values, servers: Sequence[object]) -> Values:
    return [value for value, own in zip(values, servers, strict=True) if own == server]


def _p(folds: Sequence[_Fold], strata: Sequence[_Stratum], way: int, side: Side, least_pairs: int) -> float:
    """Return the probability of such values if they had moved by the limit, up (`way` 1) or down (-1).

    Where enough samples were measured in pairs, the changes within pairs are tested too; the better of the two tests
    counts, at twice its probability.
    """
    apart = strata_p([([value + way * s.limit for value in s.before], s.after) for s in strata], side)
    if sum(len(fold.changes) for fold in folds) < least_pairs:
        return apart
    sign = 1 if side == "greater" else -1
    beyond = [sign * (change - way * fold.limit / fold.scale) for fold in folds for change in fold.changes]
    return min(1.0, 2 * min(apart, signed_p(beyond)))


def _least(strata: Sequence[_Stratum]) -> float:
    """Return the smallest probability that so many values can give."""
    return 1 / prod(comb(len(s.before) + len(s.after), len(s.after)) for s in strata)


def _spent(p: float, look: int | None) -> float:
    return p if look is None else spent(p, look)


def _load(pairs: Sequence[Pair]) -> str:
    marked = [sum(record.contaminated for record in side) for side in zip(*pairs, strict=True)]
    return f", of which {marked[0]} + {marked[1]} contaminated by other load" if any(marked) else ""
