"""Rates: how often the gate and other rules raised an alarm, and what they must stay within."""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from statistics import fmean, median, stdev

from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.gate import spread
from swapbench.commands.selfcheck.gate.change import ACCURACY, CHANGES, MEMORY, TIME
from swapbench.commands.selfcheck.gate.rules import RULES
from swapbench.commands.selfcheck.gate.trial import CELLS, Compared
from swapbench.judge.multiplicity import LOOKS

_CAUGHT = {
    (TIME, "+ 5 %"): 95.0,
    (TIME, "+ 10 %"): 99.0,
    (MEMORY, "+ 2 %"): 99.0,
    (MEMORY, "+ 16 MB"): 99.0,
    (ACCURACY, "- 2 points"): 90.0,
}
_RUNS = 10_000


def findings(made: Sequence[Compared], condition: str) -> Iterator[Finding]:
    """Yield the error rates under one condition (`quiet`, `noisy`), in percent; limits on what is caught are for a
    quiet machine."""
    same = [comparison for comparison in made if comparison.change == "nothing"]
    quiet = condition == "quiet"
    alarms = [_alarms(comparison) for comparison in same]
    yield _rate(f"{condition}: cells falsely alarmed", alarms, 1.0 if quiet else None, "most")
    note = f"{_RUNS:,} runs drawn from {len(same)} comparisons"
    share = 100 * _of_runs(alarms)
    yield Finding(f"{condition}: runs of {CELLS} cells falsely alarmed", share, "%", 1.0 if quiet else 5.0, note)
    called = [all(kind == "equivalent" for kind in comparison.verdicts.values()) for comparison in same]
    yield _rate(f"{condition}: same code called equivalent", called, None, "least")
    for change in CHANGES:
        own = [comparison for comparison in made if comparison.change == change.name]
        for metric, injected in change.injected.items():
            caught = [comparison.verdicts[metric] == "regressed" for comparison in own]
            limit = _CAUGHT.get((metric, injected)) if quiet else None
            yield _rate(f"{condition}: {metric.replace('_', ' ')} {injected} caught", caught, limit, "least")
            if metric == TIME:
                added = 100 * (median(map(_ratio, own)) - 1)
                yield Finding(f"{condition}: time that {injected} of work added", added, "%", None, "median")
    yield from _spreads(same, condition)
    yield from spread.findings(same, condition)
    yield from _lives(same, condition)
    yield Finding(f"{condition}: rounds a side", fmean(c.rounds for c in made), "", None, f"mean; at most {LOOKS[-1]}")
    yield Finding(f"{condition}: time of a comparison", fmean(c.elapsed_s for c in made), "s", None, "both sides, mean")
    for name, rule in RULES.items():
        yield from _of_rule(made, condition, name, rule)


def _spreads(same: Sequence[Compared], condition: str) -> Iterator[Finding]:
    """Yield how much the ratio of two processes of the same code varies from round to round, by either figure."""
    figures: dict[str, Callable[[list[float], list[float]], float]] = {
        "shortest calls": lambda a, b: min(b) / min(a),
        "calls in step": lambda a, b: median(y / x for x, y in zip(a, b, strict=False)),
    }
    for name, figure in figures.items():
        spreads = [stdev(map(figure, made.before, made.after)) for made in same]
        tenth = 100 * sorted(spreads)[int(0.9 * len(spreads))]
        note = f"standard deviation, median; in one of ten comparisons above {tenth:.1f} %"
        yield Finding(f"{condition}: ratio of {name}, same code", 100 * median(spreads), "%", None, note)


def _lives(same: Sequence[Compared], condition: str) -> Iterator[Finding]:
    """Yield what one process differs from another of the same code, for `swapbench compare --life`.

    Each comparison counts alike: what varies most has the most rounds.
    """
    apart = sorted(
        abs(math.log(median(b / a for a, b in zip(*walls, strict=False))))
        for made in same
        for walls in islice(zip(made.before, made.after, strict=True), LOOKS[0])
    )
    share = 100 * math.expm1(apart[int(0.99 * len(apart))])
    yield Finding(f"{condition}: one process by another, same code", share, "%", None, "99 of 100 pairs within")


def _of_rule(
    made: Sequence[Compared], condition: str, name: str, rule: Callable[[Compared], bool]
) -> Iterator[Finding]:
    for change in CHANGES:
        injected = change.injected.get(TIME)
        if not change.injected or injected:
            flagged = [rule(comparison) for comparison in made if comparison.change == change.name]
            yield _rate(f"{condition}: {name}, {f'time {injected} caught' if injected else 'false alarms'}", flagged)


def _ratio(made: Compared) -> float:
    return median(map(min, made.after)) / median(map(min, made.before))


def _alarms(comparison: Compared) -> bool:
    return any(kind == "regressed" for kind in comparison.verdicts.values())


def _rate(name: str, hits: Sequence[bool], limit: float | None = None, side: str = "most") -> Finding:
    note = f"{sum(hits)} of {len(hits)}"
    return Finding(name, 100 * fmean(hits), "%", limit, note, "least" if side == "least" else "most")


def _of_runs(alarms: Sequence[bool]) -> float:
    """Return the share of runs of 100 cells, drawn from the comparisons, that have an alarm."""
    chance = random.Random(0)  # noqa: S311  # nothing is hidden by these numbers
    return fmean(any(chance.choices(alarms, k=CELLS)) for _ in range(_RUNS))
