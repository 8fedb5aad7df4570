"""Lone processes: what can be said of tests that pytest-benchmark measured in one process a side."""

from math import inf, isfinite

from harness.judge.ranks import ratio, ratio_interval
from harness.judge.verdict import Kind, Verdict
from harness.plan import units
from harness.plan.tolerance import Tolerance
from harness.record.record import Record

# How much slower or faster one process may be than another of the same code, for its whole life: in the trials of
# `selfcheck --gate` one in twenty was by 7 to 10 %. What it is on a machine, that command says there.
LIFE = 0.10
# From fewer calls, or from other than a file's quartiles, nothing is known of how much they vary.
_FEWEST = 3


def lone(before: Record, after: Record) -> bool:
    """Whether these are calls of one process each, of a test that belongs to no suite and will have no more."""
    return not after.cell.backend and len(before.samples) == len(after.samples) == 1


def verdict(before: Record, after: Record, tolerance: Tolerance, life: float) -> Verdict:
    """Return the verdict on the time of a test: all calls share what their process was born with, so there is no
    probability of such calls, and only what lies beyond both a process's `life` and the calls' own noise is told from
    chance."""
    calls = [record.samples[0]["walls"] for record in (before, after)]
    effect, (low, high) = ratio(*calls), ratio_interval(*calls)
    base = effect and sorted(calls[0])[(len(calls[0]) - 1) // 2]
    over = 1 + max(life, tolerance.limit(base) / base if base else inf)
    known = min(map(len, calls)) >= _FEWEST and isfinite(high)
    kind: Kind = "inconclusive"
    if known and low > over:
        kind = "regressed"
    elif known and high < 1 / over:
        kind = "improved"
    limit = tolerance.told(base, "s")
    now = base * effect
    told = f"{units.quantity(base, 's')} -> {units.quantity(now, 's')}, {effect:.3f}x ({low:.3f}x to {high:.3f}x)"
    return Verdict(
        kind=kind,
        cell=after.cell,
        folds=(after.cell.fold,),
        metric=f"{after.cell.phase}_time",
        reason=f"{_WORDS[kind].format(limit=limit, life=f'{100 * life:g}%')}: {told} over "
        f"{len(calls[0])} + {len(calls[1])} calls of one process a side",
        baseline=base,
        value=now,
        unit="s",
        effect=effect,
        interval=(low, high),
        limit=limit,
        fails=kind == "regressed",
    )


_WORDS: dict[Kind, str] = {
    "regressed": "worse by more than {limit}, and by more than the {life} that a process's life alone may make",
    "improved": "better by more than {limit}, and by more than the {life} that a process's life alone may make",
    "inconclusive": "not beyond both {limit} and the {life} that a process's life alone may make",
}
