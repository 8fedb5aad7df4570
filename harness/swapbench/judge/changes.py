"""Changes: where a history of one value a run moved to another level."""

from collections.abc import Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING

from swapbench.judge.ranks import wins_p

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def change_points(series: Sequence[float], alpha: float = 0.01, minimum: int = 3) -> list[int]:
    """Return the indexes of the first values of new levels, in order; a constant series has none.

    A stretch of the history is split where Mann and Whitney's exact two-sided test of the values before against those
    after rejects, as in Hawkins and Deng (A Nonparametric Change-Point Control Chart, Journal of Quality Technology 42,
    2010); its two parts are then looked at in the same way. Every split of at least `minimum` (1 or more) values a side
    has its part of `alpha`, also in overlapping halves, quarters and so on of the stretch (seeded binary segmentation:
    Kovacs et al., Biometrika 110, 2023), which see a change that a later one undoes. Of the splits that reject, the one
    with the largest energy distance is taken, as in the E-divisive of Matteson and James (JASA 109, 2014) that Daly et
    al. (ICPE 2020) run over performance histories; their permutations are not needed.

    A history of independent values of one distribution has any false change with probability `alpha` at most, by the
    union bound. Noise that grows, or persists from run to run, has more of them (docs/gate.md, line 12): a rank test
    takes what lasts for a level, and so does a reader. At 1 % no change is found in fewer than 15 values. Memory grows
    with the square of the length.
    """
    import numpy as np

    values = np.asarray(series, dtype=float)
    found: list[int] = []
    waiting = [(0, len(values))]
    while waiting:
        start, end = waiting.pop()
        split = _split(values[start:end], alpha, minimum)
        if split:
            found.append(start + split)
            waiting += [(start, start + split), (start + split, end)]
    return sorted(found)


def _split(stretch: "NDArray[np.float64]", alpha: float, minimum: int) -> int:
    """Return where a stretch changes level, 0 where it does not."""
    for start, end, limit in _windows(len(stretch), alpha, minimum):
        window = stretch[start:end]
        size, rises, falls = len(window), _rises(window), _rises(-window)
        splits = range(minimum, size - minimum + 1)
        rejecting = [at for at in splits if 2 * wins_p(max(rises[at], falls[at]), at, size - at) <= limit]
        if rejecting:
            return start + max(rejecting, key=_energies(window).__getitem__)
    return 0


def _windows(size: int, alpha: float, minimum: int) -> Iterator[tuple[int, int, float]]:
    """Yield windows of a stretch, with the error that a split in them may make: the whole, 3 halves, 7 quarters, ...

    The layers have 1/2, 1/4, 1/8, ... of `alpha`; the last is the last in which any two halves could differ enough.
    """
    for layer in count():
        length, windows = size >> layer, 2 ** (layer + 1) - 1
        half, splits = length // 2, length - 2 * minimum + 1
        if splits < 1:
            return
        limit = alpha / 2 ** (layer + 1) / (windows * splits)
        if 2 * wins_p(half * (length - half), half, length - half) > limit:
            return
        starts = (index * (size - length) // max(windows - 1, 1) for index in range(windows))
        yield from ((start, start + length, limit) for start in starts)


def _rises(values: "NDArray[np.float64]") -> list[int]:
    """Return for each split, from 0 to the last value, how many pairs across it rise from before to after.

    A value that passes from after to before takes its rises from earlier values away and brings those to later ones.
    """
    import numpy as np

    rising = np.triu(values[:, None] < values)
    moved: list[int] = (rising.sum(axis=1) - rising.sum(axis=0)).cumsum().tolist()
    return [0, *moved]


def _energies(values: "NDArray[np.float64]") -> list[float]:
    """Return for each split the energy distance of its sides, times before * after / all; 0 for no split.

    The distance is twice the mean distance across less the mean distances within (Szekely and Rizzo 2013).
    """
    import numpy as np

    size = len(values)
    sums = np.abs(values[:, None] - values).cumsum(axis=0).cumsum(axis=1)
    before = np.arange(1, size)
    after = size - before
    left = sums.diagonal()[:-1]
    across = sums[:-1, -1] - left
    right = sums[-1, -1] - left - 2 * across
    distances = 2 * across / (before * after) - left / before**2 - right / after**2
    scaled: list[float] = (distances * before * after / size).tolist()
    return [0.0, *scaled]
