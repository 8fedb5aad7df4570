"""Sizes: evidence on times and memory, whose samples are fresh processes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median, median_low

from harness.judge import apart, in_step
from harness.judge.chances import Chances
from harness.judge.comparability import same_calls
from harness.judge.evidence import Evidence
from harness.judge.multiplicity import spent
from harness.plan import units
from harness.plan.outline import Outline
from harness.plan.tolerance import Tolerance
from harness.record.record import Record

# The smallest effects that matter where a suite declares nothing. Below 10 microseconds lie differences of where code
# happens to be loaded; 0.5 MiB is what an allocator keeps or gives back by chance.
TIME = Tolerance(absolute=1e-5, relative=0.02)
MEMORY = Tolerance(absolute=2**19, relative=0.01)

# What no sample of two runs varies with, so that no bound on their difference can have it in.
_APART = " of two runs (what differs from run to run is not in the bound)"

Values = Sequence[float]
Pair = tuple[Record, Record]


@dataclass(frozen=True)
class _Size:
    """What is compared: of the samples of a record its `values`, those of runs that were made `apart` and the means of
    their calls; and what a pair of samples shows that were measured together."""

    unit: str
    smallest: Tolerance
    values: Callable[[Record], Values]
    apart: Callable[[Record], Values]
    means: Callable[[Record], Values]
    pair: Callable[[in_step.Sample, in_step.Sample, float, float], in_step.Pair]
    shown: str


@dataclass(frozen=True)
class _Fold:
    """Both records of a fold, the median of the first, how far the second may move from it, and the pairs of samples
    that were measured together."""

    before: Record
    after: Record
    base: float
    limit: float
    pairs: Sequence[in_step.Pair]

    @property
    def in_step(self) -> bool:
        return len(self.before.samples) == len(self.pairs) == len(self.after.samples)


def evidence(pairs: Sequence[Pair], outline: Outline, look: int | None = None) -> Iterator[Evidence]:
    """Yield the evidence on time and on peak memory of one phase of a row, over all folds that both sides have.

    Where both sides were measured in step, or in turn, they are compared pair by pair, with their servers as the
    independent samples; else within folds. `look` counts the looks at samples that are still being taken (None: these
    are all there will be).
    """
    pairs = [same_calls(*pair) for pair in pairs]
    cell = pairs[0][1].cell
    if all(record.environment.get("slot") != "none" for _, record in pairs):
        yield from _evidence(pairs, f"{cell.phase}_time", _TIMES, outline, look)
    yield from _evidence(pairs, "peak_memory", _PEAKS, outline, look)


def _middles(record: Record) -> Values:
    return [median(sample["walls"]) for sample in record.samples]


def _means(record: Record) -> Values:
    return [in_step.mean_call(sample["walls"]) for sample in record.samples]


_TIMES = _Size(
    "s",
    TIME,
    _middles,
    # Of each round the shortest call: where the other side was measured at another time, other load can only lengthen.
    lambda record: record.best_walls,
    _means,
    in_step.time_pair,
    "median and mean",
)
_PEAKS = _Size(
    "bytes",
    MEMORY,
    lambda record: record.peaks,
    lambda record: record.peaks,
    lambda record: record.peaks,
    in_step.peak_pair,
    "",
)


def _evidence(
    pairs: Sequence[Pair], metric: str, size: _Size, outline: Outline, look: int | None
) -> Iterator[Evidence]:
    cell = pairs[0][1].cell
    tolerance = outline.tolerance(metric, cell.model, cell.backend) or size.smallest
    measured = [pair for pair in pairs if all(map(size.values, pair))]
    if not measured:
        return
    folds = [_fold(before, after, size, tolerance) for before, after in measured]
    together = all(fold.in_step for fold in folds)
    figures = size.values if together else size.apart
    base, now = (fmean(median_low(figures(record)) for record in side) for side in zip(*measured, strict=True))
    if together:
        found = in_step.chances([pair for fold in folds for pair in fold.pairs], logs=size.unit == "s")
        # What both sides had in common from round to round is in the figures, and not in the ratio.
        now = base * found.effect if base and found.effect is not None else now
    else:
        found = apart.chances([_stratum(fold, size, tolerance) for fold in folds])
    if not base:
        found = Chances(None, None, found.worse, found.better, found.outside, found.least, found.needed)
    share = tolerance.limit(base) / base if base else 0.0
    unit = size.unit
    counts = [sum(len(size.values(record)) for record in side) for side in zip(*measured, strict=True)]
    yield Evidence(
        cell=cell,
        folds=tuple(after.cell.fold for _, after in measured),
        metric=metric,
        unit=unit,
        baseline=base,
        value=now,
        effect_is="ratio",
        effect=found.effect,
        interval=found.interval,
        limit=tolerance.told(base, unit),
        worse=_spent(found.worse, look),
        better=_spent(found.better, look),
        outside=_spent(found.outside, look),
        least=_spent(found.least, look),
        beyond=now - base > tolerance.limit(base),
        grounds=f"{units.quantity(base, unit)} -> {units.quantity(now, unit)}, {_told(found)} over {counts[0]} + "
        f"{counts[1]} samples{_load(measured) if unit == 's' else ''}{'' if together else _APART}",
        allowed=(1 - share, 1 + share) if base else None,
        shown=size.shown if any(len(sample["walls"]) > 1 for _, after in measured for sample in after.samples) else "",
        doubt="" if together or unit != "s" else _doubt(measured),
        needed=found.needed and -(-found.needed // len(folds)),
    )


def _fold(before: Record, after: Record, size: _Size, tolerance: Tolerance) -> _Fold:
    base = median_low(size.values(before))
    limit = tolerance.limit(base)
    heats = {sample["heat"]: sample for sample in before.samples if sample.get("heat")}
    together = [(heats[sample["heat"]], sample) for sample in after.samples if sample.get("heat") in heats]
    return _Fold(before, after, base, limit, [size.pair(*both, base or 1.0, limit) for both in together])


def _stratum(fold: _Fold, size: _Size, tolerance: Tolerance) -> apart.Stratum:
    before, after = size.apart(fold.before), size.apart(fold.after)
    means = size.means(fold.before), size.means(fold.after)
    return apart.Stratum(before, after, means, tolerance.limit(median_low(before)))


def _told(found: Chances) -> str:
    if found.effect is None:
        return "no ratio to nothing"
    ends = found.interval
    return f"{found.effect:.3f}x" + (f" ({ends[0]:.3f}x to {ends[1]:.3f}x)" if ends else "")


def _spent(p: float, look: int | None) -> float:
    return p if look is None else spent(p, look)


def _contaminated(pairs: Sequence[Pair]) -> tuple[int, int]:
    before, after = (sum(record.contaminated for record in side) for side in zip(*pairs, strict=True))
    return before, after


def _load(pairs: Sequence[Pair]) -> str:
    marked = _contaminated(pairs)
    return f", of which {marked[0]} + {marked[1]} contaminated by other load" if any(marked) else ""


def _doubt(pairs: Sequence[Pair]) -> str:
    """Say that most samples of a side are not only of its code: measured in step, other load falls on both sides, and
    apart it is taken for the code's."""
    for name, marked, side in zip(("before", "now"), _contaminated(pairs), zip(*pairs, strict=True), strict=True):
        count = sum(len(record.samples) for record in side)
        if 2 * marked > count:
            return f"{marked} of the {count} samples {name} were contaminated by other load, which is no evidence"
    return ""
