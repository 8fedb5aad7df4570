"""Undefined figures: verdicts on what one side or both could not say of a cell."""

from collections.abc import Iterator, Sequence

from swapbench.judge.verdict import Verdict
from swapbench.record.record import Record

Pair = tuple[Record, Record]


def undefined(pairs: Sequence[Pair]) -> Iterator[Verdict]:
    """Yield a verdict on every score, or other figure, that is undefined on one side or on both, over the folds for
    which it is so in the same way.

    A score that the baseline has and that is undefined now is gone, and a gate must not let that pass; a count (the
    FLOPs) that could not be taken only says so.
    """
    for name in dict.fromkeys(name for pair in pairs for record in pair for name in record.undefined):
        for kinds in ((False, True), (True, False), (True, True)):
            found = [pair for pair in pairs if tuple(name in record.undefined for record in pair) == kinds]
            if found:
                yield _verdict(name, found, *kinds)


def _verdict(name: str, pairs: Sequence[Pair], before: bool, now: bool) -> Verdict:
    cell, folds = pairs[0][1].cell, tuple(after.cell.fold for _, after in pairs)
    why = pairs[0][1 if now else 0].undefined[name]
    if not before:
        scored = any(name in old.scores for old, _ in pairs)
        return Verdict(
            "missing", cell, folds, name, f"the baseline has it, and now it is undefined: {why}", fails=scored
        )
    if not now:
        return Verdict("new", cell, folds, name, f"in the baseline it was undefined: {why}")
    return Verdict("incomparable", cell, folds, name, f"undefined on both sides: {why}", excused=True)
