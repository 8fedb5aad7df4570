"""In step: what rounds show that were measured on both sides at once, pair by pair."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import fmean, median
from typing import Any

from harness.judge.chances import Chances, needed, tail_p
from harness.judge.ranks import median_interval, signed_p

# The slowest tenth of the calls of a round is what a machine that is not alone makes of any: with a few stolen
# milliseconds in it a mean says nothing of the code.
_LEFT_OUT = 0.1
# No clock tells apart what is shorter, in seconds, and a logarithm needs a value above nothing.
_SHORTEST = 1e-9

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
    middle = median(b - a for a, b in zip(*logs, strict=False))
    mean = math.log(mean_call(after["walls"]) / mean_call(before["walls"]))
    share = limit / scale
    under = math.log1p(-share) if share < 1 else -math.inf
    return Pair(before.get("server"), Unit(middle, mean, under, math.log1p(share)))


def peak_pair(before: Sample, after: Sample, scale: float, limit: float) -> Pair:
    """Return what a round shows of memory, in shares of the scale: a peak may be nothing at all."""
    moved = (after["peak_memory_bytes"] - before["peak_memory_bytes"]) / scale
    return Pair(before.get("server"), Unit(moved, moved, -limit / scale, limit / scale))


def mean_call(walls: Sequence[float]) -> float:
    """Return the mean of all but the slowest tenth of the calls."""
    return max(fmean(sorted(walls)[: len(walls) - int(_LEFT_OUT * len(walls))]), _SHORTEST)


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
    ends = median_interval(middles)
    effect, low, high = (math.exp(x) if logs else 1 + x for x in (median(middles), *ends))
    return Chances(
        effect=effect,
        interval=(low, high),
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
