"""Standings: how the rows of a table stand in one quantity: which is best, and whether that is shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from swapbench.base import units
from swapbench.judge.estimates import Estimate
from swapbench.judge.ratios import Ratio

Kind = Literal["time", "memory", "score"]

_WORDS: Mapping[Kind, tuple[str, str]] = {  # for the best row, and for what the others are
    "time": ("fastest", "slower"),
    "memory": ("smallest", "larger"),
    "score": ("best", "worse"),
}


@dataclass(frozen=True)
class Standing:
    """How the rows of one table, by their names, stand in one quantity.

    `quantity` is a score, or the name of a phase whose time (`kind` time) or peak memory (`kind` memory) it is. `best`
    is the row with the best figure of those that could be ranked, of all where none could; `tied` are the rows that are
    not shown to be worse than it, `beaten` those that are, with their p-values, adjusted for the family of rows.
    `unranked` are the rows that could not take part, with the reason, and `ahead` those of them that have a figure and
    do not look worse than the best. `estimates` has the figures of each row with their intervals (of scores), and
    `ratios` the ratio of each row to the reference row (of times and memory; none to one that other load took part in).
    `method` says in words what was compared.
    """

    quantity: str
    kind: Kind
    unit: str
    best: str
    tied: tuple[str, ...] = ()
    beaten: tuple[tuple[str, float], ...] = ()
    unranked: tuple[tuple[str, str], ...] = ()
    ahead: tuple[str, ...] = ()
    method: str = ""
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)

    @property
    def winner(self) -> str | None:
        """The row that is shown to be better than every other that could be ranked, and looks better than the rest.

        None where none is, or there is no other.
        """
        return self.best if self.beaten and not self.leaders else None

    @property
    def leaders(self) -> tuple[str, ...]:
        """The best row, those that are not shown to be worse, and those that could not be ranked and do not look worse:
        of these nobody can say which is best. None where one row wins, or there is only one."""
        others = (*self.tied, *self.ahead)
        return (self.best, *others) if others else ()

    def sentence(self) -> str:
        """Say in one sentence, for somebody who has not seen the table, who is best and whether that is shown."""
        what = {"time": f"{self.quantity} time", "memory": f"{self.quantity} memory"}.get(self.kind, self.quantity)
        best, worse = _WORDS[self.kind]
        first = f"{self.best} ({self._in_words(self.best)})"
        left = f"; not ranked: {joined(list(map(self._left, self.unranked)))}" if self.unranked else ""
        if self.best in dict(self.unranked):
            return f"{what}: no row could be ranked{left}."
        if not self.tied and not self.beaten:
            return f"{what}: only {first} was {'ranked' if left else 'measured'}{left}."
        others = joined([f"{row} ({self._in_words(row)})" for row in self.tied])
        if not self.tied:
            shown = f"{first} is shown to be the {best} of {units.counted(len(self.beaten) + 1, 'row')}"
        elif not self.beaten:
            shown = f"nothing shows which row is {best}; {first} leads, and {others} may be as good"
        else:
            behind = f"{joined([row for row, _ in self.beaten])} {'is' if len(self.beaten) == 1 else 'are'}"
            shown = f"{first} leads, {others} may be as good, and {behind} shown to be {worse}"
        return f"{what}: {shown} ({self.method}){left}."

    def _left(self, unranked: tuple[str, str]) -> str:
        row, why = unranked
        looks = f"; nothing says that it is {_WORDS[self.kind][1]}, {self._in_words(row)}" if row in self.ahead else ""
        return f"{row} ({why}{looks})"

    def _in_words(self, row: str) -> str:
        found = self.estimates[row]
        return f"{found.value:.4f}" if self.kind == "score" else units.quantity(found.value, self.unit)


def joined(names: Sequence[str]) -> str:
    """['a', 'b', 'c'] -> 'a, b and c'."""
    return ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1] if names else ""
