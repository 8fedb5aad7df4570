"""Leading: who has the highest mean F1 on a scenario, and whether that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, product

from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.interval import Interval

_SHOWN = "apart"
RULE = "rule"  # trained on nothing: whoever is not above it has learnt nothing that helps


@dataclass(frozen=True)
class _Row:
    model: str
    f1: Interval
    fixed: bool  # no seed moves it: it has a value and no interval


_Rows = Sequence[_Row]


def leading(found: Sequence[Line]) -> str:
    """Return a sentence on the lines of one scenario: whose mean F1 is the highest, as it is printed, and whether it is
    shown that it differs from that of the next, and from the rule's."""
    rows = [_Row(each.model, mean, each.fixed("f1")) for each in found if (mean := each.interval("f1"))]
    return f"{found[0].scenario}: {_leading(sorted(rows, key=lambda row: -row.f1.mean))}."


def percent(found: Interval) -> str:
    """Return a mean in %, and what it lies between, unless that is not known, or all seeds come to the same."""
    if found.low is None or found.high is None or found.low == found.high:
        return tenths(found.mean)
    return f"{tenths(found.mean)} [{tenths(found.low)}, {tenths(found.high)}]"


def tenths(share: float) -> str:
    """Return a share of 1 in %, as all that is compared is printed."""
    return f"{100 * share:.1f}"


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _leading(rows: _Rows) -> str:
    places = [list(each) for _, each in groupby(rows, lambda row: tenths(row.f1.mean))]
    if not places:
        return "no model has an F1 there"
    first, *others = places
    if len(rows) == 1:
        return f"only {_named(first)} was judged, F1 {_value(first)}"
    if _value(first) == tenths(0):
        return f"none finds anything{'' if rows[0].f1.mean == 0 else ' to speak of'}, so nobody leads"
    if not others:
        return f"{_named(first)} have the same F1, {tenths(first[0].f1.mean)}, so nobody leads"
    have = "has the" if len(first) == 1 else "share the"
    told = [f"{_named(first)} {have} highest mean F1, {_value(first)}", f"the next, {_behind(first, others[0], ',')}"]
    rule = [row for each in others[1:] for row in each if row.model == RULE]
    return "; ".join([*told, *([f"the {_behind(first, rule)}"] if rule else [])])


def _named(rows: _Rows) -> str:
    return listed([row.model for row in rows])


def _value(rows: _Rows) -> str:
    """Return what rows share, with the interval where there is but one of them."""
    return percent(rows[0].f1) if len(rows) == 1 else tenths(rows[0].f1.mean)


def _behind(first: _Rows, others: _Rows, comma: str = "") -> str:
    """Return in words what others have that are behind the first, and whether that is shown."""
    has = "has" if len(others) == 1 else "have"
    return f"{_named(others)}{comma} {has} {_value(others)}{_verdict(first, others)}"


def _verdict(first: _Rows, others: _Rows) -> str:
    """Return in words whether it is shown that those behind differ from the first."""
    kinds = {_compared(*pair) for pair in product(first, others)}
    if len(kinds) > 1:
        shown = all(kind.endswith(_SHOWN) for kind in kinds)
        return f" ({'of each it is shown' if shown else 'not of each is it shown'} that it differs)"
    return {
        "fixed": f" (no seed moves {'either' if len(first) + len(others) == 2 else 'any of them'}: on other recordings "
        "it may be otherwise)",
        "alone": ", and one seed does not say whether they differ",
        "both apart": ", and their intervals are apart",
        "both overlap": ", and their intervals overlap",
        "first apart": f", which the interval of {_named(first)} excludes",
        "first overlap": f", which the interval of {_named(first)} includes",
        "other apart": f", which excludes the {tenths(first[0].f1.mean)} of {_named(first)}",
        "other overlap": f", which includes the {tenths(first[0].f1.mean)} of {_named(first)}",
    }[kinds.pop()]


def _compared(one: _Row, other: _Row) -> str:
    """Return which of two have an interval, and whether that reaches the other."""
    if one.fixed and other.fixed:
        return "fixed"
    if one.fixed:
        which, apart = "other", other.f1.excludes(one.f1.mean)
    elif other.fixed:
        which, apart = "first", one.f1.excludes(other.f1.mean)
    else:
        which, apart = "both", one.f1.apart_from(other.f1)
    return "alone" if apart is None else f"{which} {_SHOWN if apart else 'overlap'}"
