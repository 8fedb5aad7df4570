"""In step: what rounds show that were measured on both sides at once, pair by pair."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import Any

from swapbench.judge.chances import Chances, needed, tail_p
from swapbench.judge.ranks import median_interval, signed_p

# A tenth of the calls of a round at either end is what a machine that is not alone makes of any: with a few stolen
# milliseconds in it a mean says nothing of the code.
_LEFT_OUT = 0.1
# No clock tells apart what is shorter, in seconds, and a logarithm needs a value above nothing.
_SHORTEST = 1e-9

# From fewer, both ends of the median's interval are the ends of the values, and it holds it less often than it says.
_FEWEST = 5

Sample = Mapping[str, Any]


@dataclass(frozen=True)
class Unit:
    """What one fork server showed: how far the second side lies from the first in the middle of its calls and in their
    mean, and how far it may lie below and above, on one scale; all are means over the server's pairs.

    Pairs from one server are no independent samples of what a commit does: where code and data happen to lie in memory
    makes a process faster or slower, all forks inherit that, and it need not be alike for both sides' code.
    """

    middle: float
    mean: float
    under: float
    over: float


@dataclass(frozen=True)
class Pair:
    """One round of both sides; `server` is None where it is not known, and then a pair stands for itself."""

    server: str | None
    unit: Unit


def time_pair(before: Sample, after: Sample, scale: float, limit: float) -> Pair:
    """Return what a round shows of times, in logarithms: whichever side is divided by the other, the distance is the
    same, and so is the chance to err."""
    logs = [[math.log(max(wall, _SHORTEST)) for wall in side["walls"]] for side in (before, after)]
    moved = sorted(b - a for a, b in zip(*logs, strict=False))
    out = int(_LEFT_OUT * len(moved))
    mean = fmean(moved[out : len(moved) - out])
    share = limit / scale
    under = math.log1p(-share) if share < 1 else -math.inf
    return Pair(before.get("server"), Unit(median(moved), mean, under, math.log1p(share)))


def peak_pair(before: Sample, after: Sample, scale: float, limit: float) -> Pair:
    """Return what a round shows of memory, in shares of the scale: a peak may be nothing at all."""
    moved = (after["peak_memory_bytes"] - before["peak_memory_bytes"]) / scale
    return Pair(before.get("server"), Unit(moved, moved, -limit / scale, limit / scale))


def mean_call(walls: Sequence[float]) -> float:
    """Return the mean of all but a tenth of the calls at either end."""
    out = int(_LEFT_OUT * len(walls))
    kept = sorted(walls)[out : len(walls) - out] if out else walls
    return sum(kept) / len(kept)


def chances(pairs: Sequence[Pair], *, logs: bool) -> Chances:
    """Return the chances of such pairs, by a signed-rank test of their servers; `logs` says that they are logarithms.

    Before a metric counts as within what is allowed, both the middle and the mean of its calls must be shown to be, and
    that fewer than a fifth of the processes moved far beyond it: the median alone does not see what happens to less
    than half of them.
    """
    units = _units(pairs)
    middles = [unit.middle for unit in units]
    inside = [
        signed_p(gaps)
        for values in (middles, [unit.mean for unit in units])
        for gaps in (
            [unit.over - value for unit, value in zip(units, values, strict=True)],
            [value - unit.under for unit, value in zip(units, values, strict=True)],
        )
    ]
    effect, low, high = (math.exp(x) if logs else 1 + x for x in (median(middles), *median_interval(middles)))
    return Chances(
        effect=effect,
        interval=(low, high) if len(units) >= _FEWEST else None,
        worse=signed_p([unit.middle - unit.over for unit in units]),
        better=signed_p([unit.under - unit.middle for unit in units]),
        outside=max(*inside, tail_p([_far(pair.unit) for pair in pairs])),
        least=0.5 ** len(units),
        needed=needed(middles, fmean(unit.over for unit in units), len(pairs)),
    )


def _units(pairs: Sequence[Pair]) -> list[Unit]:
    """Return one unit a server, the mean of its pairs."""
    named = sorted((pair for pair in pairs if pair.server is not None), key=lambda pair: str(pair.server))
    own = [[pair.unit for pair in group] for _, group in groupby(named, key=lambda pair: pair.server)]
    alone = [[pair.unit] for pair in pairs if pair.server is None]
    return [
        units[0]
        if len(units) == 1
        else Unit(*(fmean(getattr(unit, name) for unit in units) for name in ("middle", "mean", "under", "over")))
        for units in [*own, *alone]
    ]


def _far(unit: Unit) -> int:
    """Tell whether a round moved far beyond what is allowed: 1 up, -1 down, 0 not."""
    return (unit.mean > 5 * unit.over) - (unit.mean < 5 * unit.under)
