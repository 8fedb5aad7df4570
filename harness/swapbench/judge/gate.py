"""The gate: what a run may do, given the verdicts on it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from swapbench.base.units import counted
from swapbench.judge.verdict import KINDS, Kind, Verdict

FINE, WORSE, UNKNOWN = 0, 1, 3
_OUTCOMES = {FINE: "nothing got worse", WORSE: "worse than allowed", UNKNOWN: "could not all be judged"}
_UNJUDGED: tuple[Kind, ...] = ("inconclusive", "incomparable")
_TOLD: tuple[Kind, ...] = ("missing", "regressed", "different", "incomparable", "inconclusive", "improved", "new")


@dataclass(frozen=True)
class Gate:
    """The verdicts on a run against a baseline, called `baseline` in messages; `notes` say how they were reached."""

    baseline: str
    verdicts: tuple[Verdict, ...]
    notes: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """1 when something is worse than allowed or missing, else 3 when something could not be judged or nothing
        was, else 0; what is excused counts for nothing."""
        if any(verdict.fails for verdict in self.verdicts):
            return WORSE
        kinds = {verdict.kind for verdict in self.verdicts if not verdict.excused}
        return UNKNOWN if kinds & {*_UNJUDGED} or not kinds - {"new"} else FINE

    @property
    def outcome(self) -> str:
        """Say in a few words what the status means."""
        return _OUTCOMES[self.status]

    @property
    def tally(self) -> str:
        """Say how many verdicts there are of each kind, and of how many cells those that fail: a row is judged over its
        folds at once, and each of these is a failed test."""
        counts = Counter(verdict.kind for verdict in self.verdicts)
        told = [f"{counts[kind]} {kind}{self._cells(kind)}" for kind in KINDS if counts[kind]]
        return ", ".join(told) or "nothing to judge"

    @property
    def unjudged(self) -> str:
        """Say how many verdicts could not be reached, where nothing got worse for all that is known; else nothing."""
        if self.status != UNKNOWN:
            return ""
        counts = Counter(verdict.kind for verdict in self.verdicts if not verdict.excused)
        told = [f"{counts[kind]} {kind}" for kind in _UNJUDGED if counts[kind]]
        return " and ".join(told) or "nothing is in both"

    def _cells(self, kind: Kind) -> str:
        failing = [verdict for verdict in self.verdicts if verdict.kind == kind and verdict.fails]
        cells = {cell for verdict in failing for cell in verdict.cells}
        return f" ({counted(len(cells), 'cell')})" if len(cells) != len(failing) else ""

    @property
    def by_gravity(self) -> Iterator[tuple[Kind, list[Verdict]]]:
        """The verdicts that need telling, the gravest first, each kind in the order of the run."""
        for kind in _TOLD:
            own = [verdict for verdict in self.verdicts if verdict.kind == kind]
            if own:
                yield kind, own

    def as_dict(self) -> dict[str, Any]:
        return {
            "baseline": self.baseline,
            "status": self.status,
            "tally": self.tally,
            "notes": list(self.notes),
            "verdicts": [verdict.as_dict() for verdict in self.verdicts],
        }
