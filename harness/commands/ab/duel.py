"""Duels: the cells of two sides measured in turn, until each verdict is decided or the time is spent."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from harness.commands.ab.side import Side
from harness.judge.judgement import judge
from harness.judge.multiplicity import LOOKS
from harness.judge.verdict import Verdict
from harness.plan.cell import Cell
from harness.record.measurement import Measurement
from harness.record.record import Record
from harness.record.run import Run
from harness.run.local import LocalEngine

_A_SERVER = 1


@dataclass
class Duel:
    """Two sides and the `cells` that are measured in both, for at most `budget_s` seconds.

    Samples are looked at when there are 5, 10, 20 and 40 a side, and a cell without an open question is measured no
    further. Children of both sides come from the same fork servers, which are replaced after every 5 rounds, and make
    their calls in step. `total` comparisons bound false alarms where these cells are a part of more; `tell` is given a
    line of progress.
    """

    baseline: Side
    now: Side
    cells: Sequence[Cell]
    budget_s: float
    total: int | None = None
    tell: Callable[[str], None] = lambda _: None
    rounds: int = 0
    spent_s: float = 0.0
    _measured: dict[tuple[str, Cell], Measurement] = field(default_factory=dict)

    def fight(self) -> tuple[Verdict, ...]:
        """Measure, and return the verdicts on these cells."""
        began = time.monotonic()
        settings = self.now.settings
        self._engine = LocalEngine(settings.slot, settings.threads, settings.seed)
        self._deadline = began + self.budget_s
        try:
            verdicts = self._looked()
        finally:
            self._engine.close()
            self.spent_s = time.monotonic() - began
        return (*verdicts, *self._unreached())

    def side(self, side: Side) -> Run:
        """Return a side's run as far as it has been measured."""
        return Run(side.name, side.run.outlines, side.run.planned, tuple(self._records(side).values()))

    def _looked(self) -> tuple[Verdict, ...]:
        verdicts: tuple[Verdict, ...] = ()
        waiting, look = list(self.cells), 0
        for rounds in range(_A_SERVER, LOOKS[-1] + 1, _A_SERVER):
            in_time = self._pass(waiting, rounds)
            if in_time and rounds != LOOKS[look]:
                continue
            verdicts = judge(self.side(self.baseline), self.side(self.now), self._look_of, self.total)
            undecided = {cell for verdict in verdicts if verdict.open for cell in verdict.cells}
            waiting = [cell for cell in waiting if cell in undecided]
            look += 1
            if not waiting or not in_time:
                break
        return verdicts

    def _pass(self, cells: Sequence[Cell], rounds: int) -> bool:
        """Measure both sides of some cells up to a number of rounds; False when the time is spent before that."""
        self._engine.close()
        for number, cell in enumerate(cells, 1):
            self.tell(f"round {rounds - _A_SERVER + 1} to {rounds} of {LOOKS[-1]}, {number} of {len(cells)}: {cell}")
            sides = [self._measurement(side, cell) for side in (self.baseline, self.now)]
            while min(side.rounds for side in sides) < rounds:
                if time.monotonic() >= self._deadline:
                    return False
                if not Measurement.measure_together(sides if sides[0].rounds % 2 == 0 else sides[::-1]):
                    break
                self.rounds += len(sides)
        return True

    def _look_of(self, cell: Cell) -> int:
        """Return which look the samples of a cell stand at: the last that they have reached."""
        rounds = self._measured[self.now.name, cell].rounds
        return max([0, *(look for look, size in enumerate(LOOKS) if rounds >= size)])

    def _measurement(self, side: Side, cell: Cell) -> Measurement:
        key = (side.name, cell)
        if key not in self._measured:
            self._measured[key] = Measurement(self._engine, side.jobs[cell], side.settings, side.source)
        return self._measured[key]

    def _records(self, side: Side) -> dict[Cell, Record]:
        measured = {cell: made.record() for (name, cell), made in self._measured.items() if name == side.name}
        return {cell: record for cell, record in measured.items() if record.samples or record.status != "ok"}

    def _unreached(self) -> list[Verdict]:
        """Return the verdicts on cells that one side or both never came to."""
        reached = self._records(self.baseline).keys() & self._records(self.now).keys()
        why = "the budget was spent before it was measured"
        return [Verdict("inconclusive", cell, (cell.fold,), "", why) for cell in self.cells if cell not in reached]
