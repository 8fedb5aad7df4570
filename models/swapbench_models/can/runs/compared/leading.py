"""Leading: who has the highest mean F1 on a scenario, and whether that is shown."""

from collections.abc import Mapping, Sequence

from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.interval import Interval

RULE = "rule"  # trained on nothing: whoever is not above it has learnt nothing that helps


def leading(found: Sequence[Line]) -> str:
    """Return a sentence on the lines of one scenario: whose mean F1 is the highest, and whether its interval is apart
    from that of the next and from the rule's."""
    scenario = found[0].scenario
    known = {each.model: mean for each in found if (mean := each.interval("f1"))}
    if not known:
        return f"{scenario}: no model has an F1 there."
    most = max(mean.mean for mean in known.values())
    first = [model for model, mean in known.items() if mean.mean == most]
    has = "has" if len(first) == 1 else "have"
    told = f"{scenario}: {_listed(first)} {has} the highest mean F1, {percent(known[first[0]])}"
    return "; ".join([told, *_behind(known, first)]) + "."


def percent(found: Interval) -> str:
    """Return a mean in %, and what it lies between, unless that is known to be nothing, or is not known."""
    if found.low is None or found.high is None or found.low == found.high:
        return f"{100 * found.mean:.1f}"
    return f"{100 * found.mean:.1f} [{100 * found.low:.1f}, {100 * found.high:.1f}]"


def _behind(known: Mapping[str, Interval], first: Sequence[str]) -> list[str]:
    """Return in words how far the next is behind the first, and the rule."""
    best, others = known[first[0]], sorted({*known} - {*first}, key=lambda model: -known[model].mean)
    following = {model: f"the next, {model}," for model in others[:1]}
    rule = {model: "the rule" for model in others[1:] if model == RULE}
    return [f"{called} {_against(best, known[model])}" for model, called in {**following, **rule}.items()]


def _against(best: Interval, other: Interval) -> str:
    apart = best.apart_from(other)
    if apart is None:
        return f"has {percent(other)}, and one seed does not say whether they differ"
    return f"has {percent(other)}, and their intervals {'are apart' if apart else 'overlap'}"


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
