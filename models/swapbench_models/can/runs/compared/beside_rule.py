"""Beside the rule: which rows are on no scenario worse than what is trained on nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from swapbench_models.can.runs.compared.comparison import Line
from swapbench_models.can.runs.compared.leading import RULE, listed, tenths


@dataclass(frozen=True)
class BesideRule:
    """On how many `scenarios` the rule has an F1, and the rows (`never_below`) whose mean F1, as it is printed, is on
    each of these at least as high; of `whole` ones the whole interval over seeds is."""

    scenarios: int
    never_below: Sequence[str]
    whole: Sequence[str]

    def __str__(self) -> str:
        where = f"all {self.scenarios} scenarios" if self.scenarios > 1 else "the one scenario"
        if not self.never_below:
            some = f"at least one of the {self.scenarios} scenarios" if self.scenarios > 1 else where
            return f"Every other row is below the rule on {some}, or was not judged there."
        whole = f"; with the whole interval over seeds: {listed(self.whole)}" if self.whole else ""
        return f"Never below the rule on {where}, by mean F1: {listed(self.never_below)}{whole}."


def beside_rule(found: Sequence[Line]) -> BesideRule | None:
    """Return who is never below the rule; None where the rule has no F1 anywhere, or is alone."""
    known = {(each.model, each.scenario): f1 for each in found if (f1 := each.interval("f1"))}
    rule = {scenario: f1.mean for (model, scenario), f1 in known.items() if model == RULE}
    others = dict.fromkeys(each.model for each in found if each.model != RULE)
    if not rule or not others:
        return None
    never, whole = [], []
    for model in others:
        mine = [(known.get((model, scenario)), least) for scenario, least in rule.items()]
        if all(f1 and float(tenths(f1.mean)) >= float(tenths(least)) for f1, least in mine):
            never.append(model)
            if all(f1 and f1.low is not None and float(tenths(f1.low)) >= float(tenths(least)) for f1, least in mine):
                whole.append(model)
    return BesideRule(len(rule), never, whole)
