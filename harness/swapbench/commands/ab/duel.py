"""Duels: the cells of two sides measured in turn, until each verdict is decided or the time is spent."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from swapbench.commands.ab.looks import Looks
from swapbench.commands.ab.seeds import Seeds
from swapbench.commands.ab.side import Side
from swapbench.judge.judgement import judge
from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import Cell
from swapbench.record.measurement import Measurement
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run.local import LocalEngine

_A_SERVER = 1  # rounds of a row from one fork server: what its forks have in common is no independent sample


@dataclass
class Duel:
    """Two sides and the `cells` that are measured in both, for at most `budget_s` seconds.

    A row (all folds of a phase of a model) is looked at when it has as many pairs of rounds as LOOKS say, and measured
    no further once it has no open question, or none that so many rounds could answer. All rows come to a look before
    any goes on to the next, so that one that cannot be decided takes no time from the others. Children of both sides
    come from the same fork servers, which are replaced for every round and fold, and make their calls in step.
    Models that draw at random and predict differently are trained under further `seeds` before anything is judged.
    `total` comparisons bound false alarms where these cells are a part of more; `tell` is given a line of progress, and
    `decided` each verdict as it falls.
    """

    baseline: Side
    now: Side
    cells: Sequence[Cell]
    budget_s: float
    seeds: Seeds
    total: int | None = None
    tell: Callable[[str], None] = lambda _: None
    decided: Callable[[Verdict], None] = lambda _: None
    rounds: int = 0
    spent_s: float = 0.0
    _measured: dict[tuple[str, Cell], Measurement] = field(default_factory=dict)
    _looks: Looks = field(init=False)
    _final: dict[tuple[Cell, str], Verdict] = field(default_factory=dict)

    def fight(self) -> tuple[Verdict, ...]:
        """Measure, and return the verdicts on these cells."""
        began = time.monotonic()
        settings = self.now.settings
        self._looks = Looks(self.cells)
        self._engine = LocalEngine(settings.slot, settings.threads, settings.seed)
        self._deadline = began + self.budget_s
        try:
            verdicts = self._looked()
        finally:
            self._engine.close()
            self.spent_s = time.monotonic() - began
        return (*verdicts, *self._unreached())

    def side(self, side: Side) -> Run:
        """Return a side's run as far as it has been measured; what nothing has changed in was not planned."""
        planned = {test: cell for test, cell in side.run.planned.items() if cell in self.cells}
        return Run(side.name, side.run.outlines, planned, tuple(self._records(side).values()))

    def _looked(self) -> tuple[Verdict, ...]:
        verdicts: tuple[Verdict, ...] = ()
        waiting = list(self.cells)
        for look in range(len(LOOKS)):
            in_time = self._level(waiting, look)
            if look == 0:
                self._train()
            verdicts = self._judged(waiting)
            waiting = self._looks.worthwhile(verdicts, waiting)
            if not waiting or not in_time:
                break
        return verdicts

    def _level(self, cells: Sequence[Cell], look: int) -> bool:
        """Measure rows up to a look; False when the time is spent before that."""
        behind = list(cells)
        while behind := [cell for cell in behind if self._looks.rounds(cell, look) > self._done(cell)]:
            if not self._pass(behind, look):
                return False
        return True

    def _pass(self, cells: Sequence[Cell], look: int) -> bool:
        """Measure one round of both sides of some cells, each fold from servers of its own."""
        by_fold = sorted(cells, key=lambda cell: cell.fold)
        for number, cell in enumerate(by_fold):
            if number == 0 or cell.fold != by_fold[number - 1].fold:
                self._engine.close()
            if time.monotonic() >= self._deadline:
                return False
            done, wanted = self._done(cell), self._looks.rounds(cell, look)
            self.tell(f"round {done + 1} of {wanted}, {number + 1} of {len(cells)}: {cell}")
            sides = [self._measurement(side, cell) for side in (self.baseline, self.now)]
            if Measurement.measure_together(sides if done % 2 == 0 else sides[::-1]):
                self.rounds += len(sides)
            else:
                self._looks.give_up(cell)
        return True

    def _train(self) -> None:
        """Train again what draws at random, on both sides, for the scores of it."""
        for cell, seed in self.seeds.wanted(self._records(self.baseline), self._records(self.now)):
            if time.monotonic() >= self._deadline:
                self.seeds.spent = True
                return
            self.tell(f"training under seed {seed}: {cell}")
            sides = (self.baseline, self.now)
            self.seeds.take(cell, seed, {side.name: self._measurement(side, cell).train(seed) for side in sides})

    def _judged(self, cells: Sequence[Cell]) -> tuple[Verdict, ...]:
        """Take a look at some rows, and return the verdicts on all that have been measured.

        A look is taken once, whatever the samples are by then: its share of the error is spent. What it has decided
        stays so.
        """
        self._looks.take({cell: self._done(cell) for cell in cells})
        before, after = (
            Run(side.name, side.run.outlines, {}, tuple(map(self._looks.seen, self._records(side).values())))
            for side in (self.baseline, self.now)
        )
        found = judge(before, after, self._looks.of, self.total)
        for verdict in found:
            key = (verdict.cell, verdict.metric)
            if not verdict.open and key not in self._final:
                self._final[key] = verdict
                self.decided(verdict)
        return tuple(self._final.get((verdict.cell, verdict.metric), verdict) for verdict in found)

    def _done(self, cell: Cell) -> int:
        """Return how many rounds both sides of a cell have."""
        sides = (self._measured.get((side.name, cell)) for side in (self.baseline, self.now))
        return min(side.rounds if side else 0 for side in sides)

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
