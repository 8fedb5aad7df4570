"""Sizes: evidence on times and memory, whose samples are fresh processes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, median, median_low

from swapbench.base import units
from swapbench.judge import apart, in_step
from swapbench.judge.chances import Chances
from swapbench.judge.comparability import same_calls
from swapbench.judge.evidence import Evidence
from swapbench.judge.multiplicity import spent
from swapbench.plan.outline import Outline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record

# The smallest effects that matter where a suite declares nothing. Below 10 microseconds lie differences of where code
# happens to be loaded; 0.5 MiB is what an allocator keeps or gives back by chance.
TIME = Tolerance(absolute=1e-5, relative=0.02)
MEMORY = Tolerance(absolute=2**19, relative=0.01)

# What no sample of two runs varies with, so that no bound on their difference can have it in.
_APART = " of two runs (what differs from run to run is not in the bound)"
_SHORTEST = " of two runs (the shortest call of each round; what differs from run to run is not in the bound)"

Values = Sequence[float]
Pair = tuple[Record, Record]
Both = tuple[in_step.Sample, in_step.Sample]


@dataclass(frozen=True)
class _Size:
    """What is compared: of two samples that were measured together the figures (`paired`) and what they show (`pair`),
    of a record its figures where it was measured `apart`; `calls` tells that they are times, of calls that have a
    mean."""

    unit: str
    smallest: Tolerance
    paired: Callable[[in_step.Sample, in_step.Sample], tuple[float, float]]
    apart: Callable[[Record], Values]
    pair: Callable[[in_step.Sample, in_step.Sample, float, float], in_step.Pair]
    calls: bool

    def figures(self, before: Record, after: Record, rounds: Sequence[Both]) -> tuple[Values, Values]:
        """Return the figures of both sides, of the samples that were measured together where all were."""
        if not rounds:
            return self.apart(before), self.apart(after)
        found = [self.paired(*both) for both in rounds]
        return [old for old, _ in found], [new for _, new in found]

    def measured(self, record: Record) -> bool:
        return bool(record.samples if self.calls else self.apart(record))


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


_TIMES = _Size(
    "s",
    TIME,
    # One side may have made more calls than the other; beside those nothing was measured.
    lambda before, after: (
        median(before["walls"][: len(after["walls"])]),
        median(after["walls"][: len(before["walls"])]),
    ),
    # Of each round the shortest call: where the other side was measured at another time, other load can only lengthen.
    lambda record: record.best_walls,
    in_step.time_pair,
    calls=True,
)
_PEAKS = _Size(
    "bytes",
    MEMORY,
    lambda before, after: (before["peak_memory_bytes"], after["peak_memory_bytes"]),
    lambda record: record.peaks,
    in_step.peak_pair,
    calls=False,
)


def _evidence(
    pairs: Sequence[Pair], metric: str, size: _Size, outline: Outline, look: int | None
) -> Iterator[Evidence]:
    cell = pairs[0][1].cell
    tolerance = outline.between(metric, *(record.cell.row for record in pairs[0])) or size.smallest
    measured = [pair for pair in pairs if all(map(size.measured, pair))]
    if not measured:
        return
    rounds_of = [_together(*pair) for pair in measured]
    together = all(rounds_of)
    values = [size.figures(*pair, rounds if together else []) for pair, rounds in zip(measured, rounds_of, strict=True)]
    base, now = (fmean(map(median_low, side)) for side in zip(*values, strict=True))
    if together:
        scales = [median_low(before) for before, _ in values]
        found = in_step.chances(
            [
                size.pair(*both, scale or 1.0, tolerance.limit(scale))
                for rounds, scale in zip(rounds_of, scales, strict=True)
                for both in rounds
            ],
            logs=size.calls,
        )
        # What both sides had in common from round to round is in the figures, and not in the ratio.
        now = base * found.effect if base and found.effect is not None else now
    else:
        found = apart.chances(
            [_stratum(pair, *both, tolerance, calls=size.calls) for pair, both in zip(measured, values, strict=True)]
        )
    if not base:
        found = replace(found, effect=None, interval=None)
    share = tolerance.limit(base) / base if base else 0.0
    counts = [sum(map(len, side)) for side in zip(*values, strict=True)]
    told = f"{units.quantity(base, size.unit)} -> {units.quantity(now, size.unit)}, {_in_words(found)}"
    yield Evidence(
        cell=cell,
        folds=tuple(after.cell.fold for _, after in measured),
        metric=metric,
        unit=size.unit,
        baseline=base,
        value=now,
        effect_is="ratio",
        effect=found.effect,
        interval=found.interval,
        limit=tolerance.in_words(base, size.unit),
        worse=_spent(found.worse, look),
        better=_spent(found.better, look),
        outside=_spent(found.outside, look),
        least=_spent(found.least, look),
        beyond=now - base > tolerance.limit(base),
        grounds=f"{told} over {counts[0]} + {counts[1]} samples"
        f"{'' if together else _SHORTEST if size.calls and _repeated(measured) else _APART}"
        f"{_load(measured, together=together) if size.calls else ''}",
        allowed=(1 - share, 1 + share) if base else None,
        shown="median and mean" if size.calls and _repeated(measured) else "",
        doubts=("", "") if together or not size.calls else _doubts(measured),
        # In step all rounds are counted, apart those of a fold.
        needed=found.needed and -(-found.needed // (len(measured) if together else 1)),
    )


def _together(before: Record, after: Record) -> list[Both]:
    """Return the samples of both sides in pairs that were measured together; none where any was not."""
    known = {sample["together"]: sample for sample in before.samples if sample.get("together")}
    pairs: list[Both] = [(known[one["together"]], one) for one in after.samples if one.get("together") in known]
    return pairs if len(before.samples) == len(pairs) == len(after.samples) else []


def _stratum(pair: Pair, before: Values, after: Values, tolerance: Tolerance, *, calls: bool) -> apart.Stratum:
    # One call is its own mean.
    repeated = calls and _repeated([pair])
    walls = tuple([one["walls"] for one in record.samples] for record in pair) if repeated else (before, after)
    return apart.Stratum(before, after, walls, tolerance.limit(median_low(before)))


def _repeated(pairs: Sequence[Pair]) -> bool:
    return any(len(sample["walls"]) > 1 for _, after in pairs for sample in after.samples)


def _in_words(found: Chances) -> str:
    if found.effect is None:
        return "no ratio to nothing"
    ends = found.interval
    return f"{found.effect:.3f}x" + (f" ({ends[0]:.3f}x to {ends[1]:.3f}x)" if ends else "")


def _spent(p: float, look: int | None) -> float:
    return p if look is None else spent(p, look)


def _contaminated(pairs: Sequence[Pair]) -> tuple[int, int]:
    before, after = (sum(record.contaminated for record in side) for side in zip(*pairs, strict=True))
    return before, after


def _load(pairs: Sequence[Pair], *, together: bool) -> str:
    marked = _contaminated(pairs)
    told = f", of which {marked[0]} + {marked[1]} contaminated by other load" if any(marked) else ""
    return f"{told}, which in step falls on both sides" if told and together else told


def _doubts(pairs: Sequence[Pair]) -> tuple[str, str]:
    """Say of each side whether half of the samples of a fold or more are not only of its code: measured in step, other
    load falls on both sides, and apart it is taken for the code's."""
    before, now = zip(*pairs, strict=True)
    return _doubt("before", before), _doubt("now", now)


def _doubt(name: str, side: Sequence[Record]) -> str:
    for record in side:
        if record.loaded:
            count = units.counted(len(record.samples), "sample")
            where = f" of fold {record.cell.fold}" if len(side) > 1 else ""
            return f"{record.contaminated} of the {count} {name}{where} were contaminated, which is no evidence"
    return ""
