"""Counts: what is no sample, such as parameters, is compared exactly: equal or different."""

from collections.abc import Iterator, Sequence

from swapbench.base import units
from swapbench.judge.verdict import Verdict
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.record.record import Record

COUNTS = ("parameters", "flops_per_example")

Pair = tuple[Record, Record]


def counts(rows: Sequence[Pair], outline: Outline) -> Iterator[Verdict]:
    """Yield the verdicts on what the records of a row's folds count, where either side has any."""
    unknown = {name for pair in rows for record in pair for name in record.undefined}
    for name in (count for count in COUNTS if count not in unknown):
        known = [[own for r in side if (own := getattr(r, name)) is not None] for side in zip(*rows, strict=True)]
        old, new = (max(side, default=0) for side in known)
        if all(known) and (old or new):
            yield _verdict(name, old, new, rows, outline)
        elif old or new:
            yield _one_sided(name, old, new, rows, outline)


def counted(rows: Sequence[Pair], score: ScoreOutline, outline: Outline) -> Verdict | None:
    """Return the verdict on a score of the model itself that came out the same in every fold and training of a side:
    the lines of its source, say. None where it is a sample: of predictions, or not the same."""
    before, after = zip(*rows, strict=True)
    old, new = count_of(before, score), count_of(after, score)
    return None if old is None or new is None else _verdict(score.name, old, new, rows, outline)


def count_of(records: Sequence[Record], score: ScoreOutline) -> float | None:
    """Return a score of the model itself that is the same in all folds and trainings; None for what is a sample."""
    values = {value for record in records for value in _values(record, score.name)}
    return values.pop() if score.given == "model" and len(values) == 1 else None


def _values(record: Record, name: str) -> Iterator[float]:
    for scores in (record.scores, *(training["scores"] for training in record.trainings)):
        if name in scores:
            yield scores[name]


def _verdict(name: str, old: float, new: float, rows: Sequence[Pair], outline: Outline) -> Verdict:
    """Compare two counts: a difference is told, and only a declared tolerance makes it fail."""
    before, after = rows[0]
    tolerance = outline.between(name, before.cell.row, after.cell.row)
    within = abs(new - old) <= (tolerance.limit(old) if tolerance else 0.0)
    told = f"{units.quantity(old, '')} -> {units.quantity(new, '')}"
    allowed = f", allowed {tolerance.in_words(old, '')}" if tolerance else ""
    return Verdict(
        kind="equivalent" if within else "different",
        cell=after.cell,
        folds=_folds(rows),
        metric=name,
        reason=f"equal: {told}" if old == new else told + allowed,
        baseline=float(old),
        value=float(new),
        effect=new / old if old else None,
        fails=tolerance is not None and not within,
    )


def _one_sided(name: str, old: float, new: float, rows: Sequence[Pair], outline: Outline) -> Verdict:
    """Say that only one side could count: what is not known is not nothing."""
    before, after = rows[0]
    excused = outline.between(name, before.cell.row, after.cell.row) is None
    why = f"known on one side only: {units.quantity(old or new, '')} {'before' if old else 'now'}"
    return Verdict("incomparable", after.cell, _folds(rows), name, why, excused=excused)


def _folds(rows: Sequence[Pair]) -> tuple[int, ...]:
    return tuple(after.cell.fold for _, after in rows)
