"""Sizes: evidence on times and memory, whose samples are fresh processes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import comb, isfinite, prod
from statistics import fmean, median_low

from harness.judge.evidence import Evidence
from harness.judge.multiplicity import spent
from harness.judge.ranks import ratio, ratio_interval, signed_p, strata_p
from harness.judge.statistics import Side
from harness.plan import units
from harness.plan.outline import Outline
from harness.plan.tolerance import Tolerance
from harness.record.record import Record

# The smallest effects that matter where a suite declares nothing. Below 10 microseconds lie differences of where code
# happens to be loaded; 0.5 MiB is what an allocator keeps or gives back by chance.
TIME = Tolerance(absolute=1e-5, relative=0.02)
MEMORY = Tolerance(absolute=2**19, relative=0.01)

_PAIRS = 20  # fewer cannot give the small probabilities that many comparisons ask for

Values = Sequence[float]
Pair = tuple[Record, Record]
Figures = Callable[[Record], Values]


@dataclass(frozen=True)
class _Fold:
    """Both records of a fold, and their values."""

    before: Record
    after: Record
    left: Values
    right: Values


@dataclass(frozen=True)
class _Stratum:
    """Values of both sides that may be compared with each other, how far those of this fold may move, and what they
    are in the baseline; `in_turn` says that they were measured in pairs, one after the other."""

    before: Values
    after: Values
    limit: float
    scale: float
    in_turn: bool


def evidence(pairs: Sequence[Pair], outline: Outline, look: int | None = None) -> Iterator[Evidence]:
    """Yield the evidence on time and on peak memory of one phase of a row, over all folds that both sides have.

    Values are compared within their fold. Where both sides were measured in turn from the same fork servers, they are
    compared within their server too: where a process's code and data happen to lie in memory makes it faster or
    slower, and its forks inherit that. `look` counts the looks at samples that are still being taken (None: these are
    all there will be).
    """
    cell = pairs[0][1].cell
    if all(record.environment.get("slot") != "none" for _, record in pairs):
        yield from _evidence(pairs, f"{cell.phase}_time", "s", _walls, outline, look)
    yield from _evidence(pairs, "peak_memory", "bytes", _peaks, outline, look)


def _walls(record: Record) -> Values:
    return record.best_walls


def _peaks(record: Record) -> Values:
    return record.peaks


def _evidence(
    pairs: Sequence[Pair], metric: str, unit: str, figures: Figures, outline: Outline, look: int | None
) -> Iterator[Evidence]:
    folds = [_Fold(*pair, figures(pair[0]), figures(pair[1])) for pair in pairs]
    folds = [fold for fold in folds if fold.left and fold.right]
    if not folds:
        return
    cell = folds[0].after.cell
    tolerance = outline.tolerance(metric, cell.model, cell.backend) or (TIME if unit == "s" else MEMORY)
    strata = [stratum for fold in folds for stratum in _strata(fold, tolerance)]
    base = fmean(median_low(fold.left) for fold in folds)
    now = fmean(median_low(fold.right) for fold in folds)
    before, after = _relative(folds)
    effect, interval = _effect(before, after)
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
        worse=_spent(_p(strata, 1, "greater"), look),
        better=_spent(_p(strata, -1, "less"), look),
        outside=_spent(max(_p(strata, 1, "less"), _p(strata, -1, "greater")), look),
        least=_spent(_least(strata), look),
        beyond=sum(median_low(s.after) - median_low(s.before) - s.limit for s in strata) > 0,
        grounds=f"{units.quantity(base, unit)} -> {units.quantity(now, unit)}, {_told(effect, interval)} over "
        f"{len(before)} + {len(after)} samples{_load(pairs) if unit == 's' else ''}",
    )


def _effect(before: Values, after: Values) -> tuple[float | None, tuple[float, float] | None]:
    """Return the ratio and its interval; None where there is none to nothing at all."""
    effect, interval = ratio(before, after), ratio_interval(before, after)
    return effect if isfinite(effect) else None, interval if all(map(isfinite, interval)) else None


def _told(effect: float | None, interval: tuple[float, float] | None) -> str:
    if effect is None:
        return "no ratio to nothing"
    return f"{effect:.3f}x" + (f" ({interval[0]:.3f}x to {interval[1]:.3f}x)" if interval else "")


def _strata(fold: _Fold, tolerance: Tolerance) -> Iterator[_Stratum]:
    """Yield the values of one fold: all together, or server by server where both sides came from the same ones."""
    scale = median_low(fold.left)
    limit = tolerance.limit(scale)
    left, right = ([sample.get("server") for sample in side.samples] for side in (fold.before, fold.after))
    if None in left or set(left) != set(right):
        yield _Stratum(fold.left, fold.right, limit, scale or 1.0, in_turn=False)
        return
    for server in dict.fromkeys(left):
        before, after = _of(server, fold.left, left), _of(server, fold.right, right)
        yield _Stratum(before, after, limit, scale or 1.0, in_turn=len(before) == len(after))


def _of(server: object, values: Values, servers: Sequence[object]) -> Values:
    return [value for value, own in zip(values, servers, strict=True) if own == server]


def _relative(folds: Sequence[_Fold]) -> tuple[Values, Values]:
    """Return the values of both sides, each as a share of its fold's in the baseline."""
    bases = [median_low(fold.left) or 1.0 for fold in folds]
    before = [value / base for base, fold in zip(bases, folds, strict=True) for value in fold.left]
    after = [value / base for base, fold in zip(bases, folds, strict=True) for value in fold.right]
    return before, after


def _p(strata: Sequence[_Stratum], way: int, side: Side) -> float:
    """Return the probability of such values if they had moved by the limit, up (`way` 1) or down (-1).

    From 20 pairs on that were measured in turn, the differences within pairs are tested too, for what slows the whole
    machine for a second slows both; the better of the two tests counts, at twice its probability.
    """
    apart = strata_p([([value + way * s.limit for value in s.before], s.after) for s in strata], side)
    pairs = [(a, b, s) for s in strata if s.in_turn for a, b in zip(s.before, s.after, strict=True)]
    if len(pairs) < _PAIRS:
        return apart
    sign = 1 if side == "greater" else -1
    within = signed_p([sign * (b - a - way * s.limit) / s.scale for a, b, s in pairs])
    return min(1.0, 2 * min(apart, within))


def _least(strata: Sequence[_Stratum]) -> float:
    """Return the smallest probability that so many values can give."""
    return 1 / prod(comb(len(s.before) + len(s.after), len(s.after)) for s in strata)


def _spent(p: float, look: int | None) -> float:
    return p if look is None else spent(p, look)


def _load(pairs: Sequence[Pair]) -> str:
    marked = [sum(record.contaminated for record in side) for side in zip(*pairs, strict=True)]
    return f", of which {marked[0]} + {marked[1]} contaminated by other load" if any(marked) else ""
