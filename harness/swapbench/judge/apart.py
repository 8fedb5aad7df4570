"""Apart: what samples show of two runs that were made one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import comb, isfinite, prod
from statistics import median_low
from typing import TYPE_CHECKING, Any

from swapbench.judge.chances import FAR, Chances, needed, tail_p
from swapbench.judge.evidence import BETA
from swapbench.judge.in_step import mean_call
from swapbench.judge.ranks import median_weights, ratio_interval, strata_p
from swapbench.judge.statistics import Side

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DRAWS = 1_000  # of which an end of a 95 % interval leaves 25 on its side

Values = Sequence[float]


@dataclass(frozen=True)
class Stratum:
    """Values of both sides of one fold, one a process: the figure that is compared, and its `calls` of a time
    (else the same again), and how far either may move."""

    before: Values
    after: Values
    calls: tuple[Sequence[Any], ...]
    limit: float

    @cached_property
    def means(self) -> tuple[Values, Values]:
        """The mean call of each process."""
        before, after = ([mean_call(one) if isinstance(one, list) else one for one in side] for side in self.calls)
        return before, after

    @property
    def middle(self) -> tuple[float, float]:
        return median_low(self.before), median_low(self.after)

    @property
    def far(self) -> list[int]:
        """Tell for each process of the second side whether it lies far beyond what is allowed: 1 up, -1 down, 0 not."""
        base, reach = median_low(self.means[0]), FAR * self.limit
        return [(value - base > reach) - (base - value > reach) for value in self.means[1]]


def chances(strata: Sequence[Stratum]) -> Chances:
    """Return the chances of such samples, by Mann and Whitney's test within folds, its wins added up (van Elteren).

    Before a metric counts as within what is allowed, the mean of the calls must be shown to be, too, and no process may
    lie far beyond it, unless there are enough to show that fewer than a fifth do.
    """
    base, now = (sum(middle) for middle in zip(*(stratum.middle for stratum in strata), strict=True))
    figures = [(s.before, s.after, s.limit) for s in strata]
    outside = _outside(figures)
    if outside <= BETA:  # else there is nothing to claim, and nothing more to ask
        far = [one for stratum in strata for one in stratum.far]
        means = [(*s.means, s.limit) for s in strata]
        outside = max(outside, _outside(means) if means != figures else 0.0, tail_p(far) if any(far) else 0.0)
    return Chances(
        effect=now / base if base else None,
        interval=_interval(strata),
        worse=_p(figures, 1, "greater"),
        better=_p(figures, -1, "less"),
        outside=outside,
        # Of the orders that the values of a fold can have, all alike where nothing differs, one is the furthest apart.
        least=1 / prod(comb(len(s.before) + len(s.after), len(s.after)) for s in strata),
        needed=_needed(strata) if outside > BETA else None,
    )


def _p(strata: Sequence[tuple[Values, Values, float]], way: int, side: Side) -> float:
    """Return the probability of such values if they had moved by the limit, up (`way` 1) or down (-1).

    The limit is the end of what is to be denied: of all that lies behind it nothing would make such values likelier.
    """
    return strata_p([([value + way * limit for value in before], after) for before, after, limit in strata], side)


def _outside(strata: Sequence[tuple[Values, Values, float]]) -> float:
    """Return the probability of such values if they had moved by the limit either way.

    Each end is a test of its own, and both must deny it, so the larger probability is that of the whole (Schuirmann, A
    Comparison of the Two One-Sided Tests Procedure and the Power Approach for Assessing the Equivalence of Average
    Bioavailability, Journal of Pharmacokinetics and Biopharmaceutics 15, 1987).
    """
    return max(_p(strata, 1, "less"), _p(strata, -1, "greater"))


def _interval(strata: Sequence[Stratum]) -> tuple[float, float] | None:
    """Return the interval of the ratio of the sums of the folds' medians; None where it has no end.

    Of one fold it is Efron's, exact. Of several, each fold's median is drawn from its own bootstrap distribution,
    which is known: what differs between folds plays no part in how much a sum of them varies.
    """
    if len(strata) == 1:
        ends = ratio_interval(strata[0].before, strata[0].after)
        return ends if all(map(isfinite, ends)) else None
    import numpy as np

    below, above = (
        sum(_drawn(values, 2 * number + side) for number, values in enumerate(fold))
        for side, fold in enumerate(zip(*((s.before, s.after) for s in strata), strict=True))
    )
    if not np.all(below):  # a ratio to nothing has no end
        return None
    low, high = np.quantile(above / below, (0.025, 0.975), method="inverted_cdf")
    return float(low), float(high)


def _drawn(values: Values, stream: int) -> "NDArray[np.float64]":
    """Return medians drawn from the bootstrap distribution of the median of some values."""
    import numpy as np

    return np.sort(np.asarray(values, dtype=float))[_places(len(values), stream)]


@lru_cache(maxsize=1024)
def _places(count: int, stream: int) -> "NDArray[np.int64]":
    """Return the places of medians drawn from so many sorted values; another stream is another order of the same."""
    import numpy as np

    steps = (np.arange(_DRAWS) + 0.5) / _DRAWS  # evenly, which is as good as 30 times as many at random
    places = np.minimum(median_weights(count).cumsum().searchsorted(steps), count - 1)
    # Folds are added up place by place: in sorted order all would be low together, and their sum would vary too much.
    return np.random.default_rng(stream).permutation(places)


def _needed(strata: Sequence[Stratum]) -> int | None:
    """Return of how many rounds a side one could tell, from the fold in which they vary as they do in the middle."""
    found = [
        needed(moved, allowed, len(s.after)) for s in strata for moved, allowed in [_moved(s)] if moved is not None
    ]
    if not found or None in found:
        return None
    return median_low([count for count in found if count is not None])


def _moved(stratum: Stratum) -> tuple[Values | None, float]:
    """Return how far values moved that were taken at random, one of each side, as shares of the first side's median."""
    base = stratum.middle[0]
    if not base or len(stratum.before) < 2 or len(stratum.after) < 2:
        return None, 0.0
    # The order in which rounds were made has nothing to do with their times, so neighbours in it are as good as any.
    size = min(len(stratum.before), len(stratum.after))
    return [(b - a) / base for a, b in zip(stratum.before[:size], stratum.after[:size], strict=True)], (
        stratum.limit / base
    )
