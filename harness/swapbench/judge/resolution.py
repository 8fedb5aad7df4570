"""Resolution: the smallest step in which a score can move."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import fmean

from swapbench.plan.outline import ScoreOutline
from swapbench.record.record import Record

_SAME = 1e-9  # as a share of the largest value: closer ones differ by rounding only


def resolution(records: Sequence[Record], score: ScoreOutline, values: Iterable[float]) -> float:
    """Return the step in which a score of these records moves, given its values in the folds.

    One example of n test examples moves a score between two bounds by 1/n of what lies between them, and any other by
    1/n of its size. A score that counts few of the examples (the recall of a rare class) is coarser than that; its
    values are then no closer to each other than its step, so the least distance between them counts where it is more.
    """
    known = sorted(values)
    low, high = score.bounds
    size = high - low if low is not None and high is not None else abs(fmean(known))
    tested = [record.test_examples for record in records if record.test_examples]
    step = size / min(tested) if tested else 0.0
    close = _SAME * max(map(abs, known))
    return max(step, min((b - a for a, b in pairwise(known) if b - a > close), default=0.0))
