"""Leading: who has the highest mean F1 on a scenario, and whether that is shown."""

from collections.abc import Sequence

from swapbench_models.can.runs.comparison import Line
from swapbench_models.can.runs.interval import Interval

RULE = "rule"


def leading(found: Sequence[Line]) -> str:
    """Return a sentence on the lines of one scenario: whose mean F1 is the highest, and whether its interval is apart
    from that of the next and from the rule's."""
    known = {each.model: mean for each in found if (mean := each.interval("f1"))}
    if not known:
        return f"{found[0].scenario}: no model has an F1 there."
    first, *others = sorted(known, key=lambda model: -known[model].mean)
    best = known[first]
    told = f"{found[0].scenario}: {first} has the highest mean F1, {percent(best)}"
    beside = [each for each in dict.fromkeys([*others[:1], RULE]) if each in others]
    more = [
        f"{f'the next, {each},' if each == others[0] else f'the {each}'} {_against(best, known[each])}"
        for each in beside
    ]
    return "; ".join([told, *more]) + "."


def percent(found: Interval) -> str:
    """Return a mean in %, and half of what it lies in, or as much of that as is within bounds."""
    if found.low is None or found.high is None or found.low == found.high:
        return f"{100 * found.mean:.1f}"
    return f"{100 * found.mean:.1f} ± {100 * max(found.high - found.mean, found.mean - found.low):.1f}"


def _against(best: Interval, other: Interval) -> str:
    """Return in words how far another is behind the best."""
    if other.mean == best.mean:
        return f"has as much, {percent(other)}"
    apart = best.apart_from(other)
    if apart is None:
        return f"has {percent(other)}, and one seed does not say whether they differ"
    return f"has {percent(other)}, and their intervals {'are apart' if apart else 'overlap'}"
