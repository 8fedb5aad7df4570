"""Interleaved: the cells of two sides measured in turn, until each verdict is decided or the time is spent."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import starmap

from swapbench.base import units
from swapbench.judge.judgement import judge
from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.verdict import Verdict
from swapbench.paired.looks import Looks
from swapbench.paired.seeds import Seeds
from swapbench.paired.side import Side
from swapbench.plan.cell import Cell
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run.job import Earlier, Job
from swapbench.run.local import LocalEngine


@dataclass
class Interleaved:
    """Two sides and the `cells` that are measured in both, for at most `budget_s` seconds.

    A cell is known by its name on the side that is judged, `now`; what the baseline's job measures may bear another.

    A row (all folds of a phase of a model) is looked at when it has as many pairs of rounds as LOOKS say, and measured
    no further once it has no open question, or none that so many rounds could answer. All rows come to a look before
    any goes on to the next, so that one that cannot be decided takes no time from the others. Children of both sides
    come from the same fork servers (where they have the same backend), which are replaced for every round and fold, and
    make their calls in step.
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
    _measured: dict[str, dict[Cell, Record]] = field(default_factory=dict)
    _looks: Looks = field(init=False)
    _final: dict[tuple[Cell, str], Verdict] = field(default_factory=dict)

    def measure(self) -> tuple[Verdict, ...]:
        """Measure, and return the verdicts on these cells."""
        began = time.monotonic()
        self._looks = Looks(self.cells)
        self._engine = LocalEngine(self.now.settings)
        self._deadline = began + self.budget_s
        try:
            verdicts = self._looked()
        finally:
            self._engine.close()
            self.spent_s = time.monotonic() - began
        return (*verdicts, *self._unreached())

    def side(self, side: Side) -> Run:
        """Return a side's run as far as it has been measured; what nothing has changed in was not planned."""
        own = {side.jobs[cell].cell for cell in self.cells}
        planned = {test: cell for test, cell in side.run.planned.items() if cell in own}
        return Run(side.name, side.run.outlines, planned, tuple(self._records(side).values()))

    def notes(self) -> Iterator[str]:
        """Say what was measured, and how long that took."""
        if self.cells:
            measured = f"{units.counted(self.rounds, 'round')} of {units.counted(len(self.cells), 'cell')}"
            yield f"Measured {measured} in {units.duration(self.spent_s)} of {units.duration(self.budget_s)}."
        yield from self.seeds.notes()

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
            sides = (self.baseline, self.now) if done % 2 == 0 else (self.now, self.baseline)
            measured = self._result(sides, cell, rounds=1)
            for side, record in zip(sides, measured, strict=True):
                own = self._measured.setdefault(side.name, {})
                own[cell] = joined(own.get(cell), record)
            if all(record.status == "ok" for record in measured):
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
            for side in (self.baseline, self.now):
                (trained,) = self._result([side], cell, rounds=0, seeds=(seed,))
                self.seeds.take(side.name, seed, trained)
                known = self._measured[side.name][cell]
                self._measured[side.name][cell] = replace(known, trainings=(*known.trainings, *trained.trainings))

    def _result(self, sides: Sequence[Side], cell: Cell, rounds: int, seeds: tuple[int, ...] = ()) -> list[Record]:
        """Have so many rounds of a cell measured on some sides, or train under further seeds."""
        jobs = [self._job(side, cell, rounds, seeds) for side in sides]
        self._engine.submit(*jobs)
        return list(map(Record.measured, self._engine.result(*jobs)))

    def _job(self, side: Side, cell: Cell, rounds: int, seeds: tuple[int, ...]) -> Job:
        known = self._measured.get(side.name, {}).get(cell)
        return replace(side.jobs[cell], rounds=rounds, seeds=seeds, source=side.source, earlier=earlier(known))

    def _judged(self, cells: Sequence[Cell]) -> tuple[Verdict, ...]:
        """Take a look at some rows, and return the verdicts on all that have been measured.

        A look is taken once, whatever the samples are by then: its share of the error is spent. What it has decided
        stays so.
        """
        self._looks.take({cell: self._done(cell) for cell in cells})
        before, after = (
            Run(side.name, side.run.outlines, {}, tuple(starmap(self._looks.seen, self._records(side).items())))
            for side in (self.baseline, self.now)
        )
        partner = {self.baseline.jobs[cell].cell: cell for cell in self.cells}
        found = judge(before, after, self._looks.of, self.total, partner=partner.__getitem__)
        for verdict in found:
            key = (verdict.cell, verdict.metric)
            if not verdict.open and key not in self._final:
                self._final[key] = verdict
                self.decided(verdict)
        return tuple(self._final.get((verdict.cell, verdict.metric), verdict) for verdict in found)

    def _done(self, cell: Cell) -> int:
        """Return how many rounds both sides of a cell have."""
        known = (self._measured.get(side.name, {}).get(cell) for side in (self.baseline, self.now))
        return min(len(record.samples) if record else 0 for record in known)

    def _records(self, side: Side) -> dict[Cell, Record]:
        """Return what is known of a side. Where the other one failed in the first round, this one has no sample, and it
        is known all the same that it could be measured."""
        known = self._measured.get(side.name, {})
        failed = {cell for records in self._measured.values() for cell, one in records.items() if one.status != "ok"}
        return {cell: record for cell, record in known.items() if record.samples or cell in failed}

    def _unreached(self) -> list[Verdict]:
        """Return the verdicts on cells that one side or both never came to."""
        reached = self._records(self.baseline).keys() & self._records(self.now).keys()
        why = "the budget was spent before it was measured"
        return [Verdict("inconclusive", cell, (cell.fold,), "", why) for cell in self.cells if cell not in reached]


def earlier(record: Record | None) -> Earlier:
    """Return what a job needs to know of what has been measured of its cell."""
    if record is None:
        return Earlier()
    known = [_short(record.samples)] if record.samples else []
    return Earlier(len(record.samples), len(record.discarded), *known)


def joined(before: Record | None, after: Record) -> Record:
    """Return the record of all that two jobs have measured of a cell.

    Rounds that were measured before its phase was known to be short do not count once it is.
    """
    if before is None:
        return after
    if not after.samples:  # it, or the other side, has just failed
        return replace(before, status=after.status, reason=after.reason, output=after.output, ended=after.ended)
    turned_short = _short(after.samples) is True and _short(before.samples) is not True
    kept = replace(before, samples=(), discarded=()) if turned_short else before
    alike = before.predictions_sha256 == after.predictions_sha256
    steady = alike and before.deterministic is not False and after.deterministic is not False
    return replace(
        after,
        samples=(*kept.samples, *after.samples),
        discarded=(*kept.discarded, *after.discarded),
        trainings=before.trainings,
        deterministic=steady if after.predictions_sha256 is not None and kept.samples else after.deterministic,
        started=before.started,
    )


def _short(samples: Sequence[dict[str, object]]) -> bool | None:
    """Tell whether samples show that a phase of one call is made on several models; None where they show nothing."""
    if any(int(str(sample.get("models", 1))) > 1 for sample in samples):
        return True
    return None if all(sample["contaminated"] for sample in samples) else False
