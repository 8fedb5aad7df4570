"""A spread: the middle of some rounds, how far they lie apart, and how well their middle is known."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

LEAST = 6
_LEVEL = 0.95


@dataclass(frozen=True)
class Spread:
    """`n` values: their median, their quartiles, and the 95 % interval of the median, for which it takes LEAST
    independent ones.

    `loaded` says that other load took part in half of the rounds of a fold or more: a time is then the most that it can
    be.
    """

    median: float
    quartiles: tuple[float, float]
    interval: tuple[float, float] | None
    n: int
    loaded: bool = False

    @classmethod
    def of(
        cls, values: Sequence[float], independent: Sequence[float] | None = None, *, loaded: bool = False
    ) -> "Spread | None":
        """Return the spread of some values, None of no values; the interval is that of the `independent` ones, where
        not all are.

        The interval reaches from one ordered value to the one as far from the other end, whatever the values are
        distributed like. Source: David and Nagaraja, Order Statistics, 3rd edition, 2003, section 7.1.
        """
        if not values:
            return None
        low, _, high = quantiles(values, method="inclusive") if len(values) > 1 else [*values] * 3
        ordered = sorted(values if independent is None else independent)
        place = _place(len(ordered))
        interval = (ordered[place - 1], ordered[-place]) if place else None
        return cls(median(values), (low, high), interval, len(values), loaded)


def _place(n: int) -> int:
    """Return the largest k for which the k-th values from both ends hold the median in 95 % of all samples, 0 for
    none: it lies beyond one of them with the chance that fewer than k of n fair coins show heads."""
    below, place = 0, 0
    while place < n // 2:
        below += math.comb(n, place)
        if 2 * below > (1 - _LEVEL) * 2**n:
            break
        place += 1
    return place
