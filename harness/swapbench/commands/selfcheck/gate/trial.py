"""Trials: one workload and its changed versions, measured and judged as `swapbench ab` does it."""

import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.gate.change import ACCURACY, CHANGES, PLAIN, Change
from swapbench.commands.selfcheck.gate.workloads import KINDS
from swapbench.judge.judgement import judge
from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.verdict import Verdict
from swapbench.paired.interleaved import earlier, joined
from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell
from swapbench.plan.metric import Metric
from swapbench.plan.outline import Outline
from swapbench.plan.suite import Dataset, Model, Phase, Profile, Suite
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run.ahead import prepare_data
from swapbench.run.job import Job
from swapbench.run.lease import Slot
from swapbench.run.local import LocalEngine
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation

METRICS_A_CELL = 3
CELLS = 100
_PHASE = Phase("predict", warmups=1, repeats=15, scored=True)
_BASE = "base"
_AGAIN = ("base2", "nothing2")  # the same code once more, from the same servers
_WIDTH = max(len(change.name) for change in CHANGES)
_HERE = "swapbench.commands.selfcheck.gate.workloads"


@dataclass(frozen=True)
class Compared:
    """One version against the plain one: the verdict on each metric, the rounds a side and seconds that took, and the
    calls of each round, in seconds, on both sides.

    Each round has a fork server of its own. Where the code is the same, a second round from each server that was not
    judged is kept as `again`, which tells what servers differ by from what any two rounds do.
    """

    kind: str
    number: int
    change: str
    verdicts: dict[str, str]
    rounds: int
    elapsed_s: float
    before: list[list[float]]
    after: list[list[float]]
    again_before: list[list[float]] = field(default_factory=list)
    again_after: list[list[float]] = field(default_factory=list)


@dataclass
class Trial:
    """Trial `number` of a kind of workload, on the cores of a slot; all versions make their calls in step, and the fork
    server is replaced for every round, as in an interleaved comparison."""

    store: Path
    kind: str
    number: int
    slot: Slot
    _engine: LocalEngine = field(init=False)
    _records: dict[str, Record] = field(default_factory=dict)
    _spent_s: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        self._settings = Settings(self.store, self.slot, seed=self.number)
        self._suite = _suite(self.kind, self.number)
        self._engine = LocalEngine(self._settings)

    def run(self) -> Iterator[Compared]:
        """Measure until each verdict is decided or all looks are taken, and yield the comparison of each version."""
        try:
            prepared = preparation("truth", self._suite, self._settings)
            prepare_data(self._engine.provisions, self._suite, "truth", prepared)
            yield from self._compared()
        finally:
            self._engine.close()

    def _compared(self) -> Iterator[Compared]:
        waiting = list(CHANGES)
        order = random.Random(self.number)  # noqa: S311  # nothing is hidden by these numbers
        for look, rounds in enumerate(LOOKS):
            if not waiting:
                return
            while self._rounds(_BASE) < rounds:
                self._engine.close()
                versions = [_BASE, *(change.name for change in waiting)]
                self._measure(order.sample(versions, len(versions)))
                if waiting[0] is CHANGES[0]:
                    self._measure(order.sample(_AGAIN, len(_AGAIN)))
            for change in list(waiting):
                verdicts = self._verdicts(change, look)
                if look == len(LOOKS) - 1 or not any(verdict.open for verdict in verdicts):
                    waiting.remove(change)
                    yield self._comparison(change, verdicts)

    def _measure(self, versions: Sequence[str]) -> None:
        began = time.monotonic()
        jobs = [self._job(name) for name in versions]
        self._engine.submit(*jobs)
        ended = list(map(Record.measured, self._engine.result(*jobs)))
        if any(record.status != "ok" for record in ended):
            raise SwapError(" ".join(record.sentence() for record in ended if record.status != "ok"))
        for name, record in zip(versions, ended, strict=True):
            self._records[name] = joined(self._records.get(name), record)
            self._spent_s[name] += (time.monotonic() - began) / len(versions)

    def _verdicts(self, change: Change, look: int) -> tuple[Verdict, ...]:
        base = self._records[_BASE]
        sides = [base, replace(self._records[change.name], cell=base.cell)]
        before, after = (
            Run(name, (Outline.of(self._suite),), {}, (side,)) for name, side in zip("ab", sides, strict=True)
        )
        return judge(before, after, lambda _: look, METRICS_A_CELL * CELLS)

    def _comparison(self, change: Change, verdicts: tuple[Verdict, ...]) -> Compared:
        before, after = (self._records[name].samples for name in (_BASE, change.name))
        again = [self._records[name].samples for name in (_AGAIN if change is CHANGES[0] else ())]
        return Compared(
            self.kind,
            self.number,
            change.name,
            {verdict.metric: verdict.kind for verdict in verdicts},
            len(after),
            2 * self._spent_s[change.name],
            _calls(before),
            _calls(after),
            *map(_calls, again),
        )

    def _rounds(self, name: str) -> int:
        return len(self._records[name].samples) if name in self._records else 0

    def _job(self, name: str) -> Job:
        cell = Cell("gate", _padded(name), "numpy", "truth", 0, _PHASE.name, "quick")
        made = job(self._suite, _PHASE, cell, self._settings)
        return replace(made, rounds=1, earlier=earlier(self._records.get(name)))


def _suite(kind: str, number: int) -> Suite:
    versions: dict[str, dict[str, Any]] = {
        **{name: dict(PLAIN) for name in (_BASE, *_AGAIN)},
        **{change.name: dict(change.spec) for change in CHANGES},
    }
    return Suite(
        "gate",
        models={
            _padded(name): Model({"numpy": f"{_HERE}:Workload"}, {"kind": kind, "choice": number, **spec})
            for name, spec in versions.items()
        },
        datasets={"truth": Dataset(f"{_HERE}:truth")},
        phases=[_PHASE],
        tolerances={"predict_time": "2%"},
        metrics=[Metric(ACCURACY, f"{_HERE}:accuracy", each=f"{_HERE}:correct")],
        backends={"numpy": Backend("numpy", "numpy", ("numpy",), ("numpy",))},
        profiles={"quick": Profile(1, LOOKS[-1])},
        folds=1,  # in every profile: each round's server would import a splitter otherwise, for a second
    )


def _padded(name: str) -> str:
    """Return the name with as many letters as every other has, so that requests differ in nothing but their numbers."""
    return name.ljust(_WIDTH, "_")


def _calls(samples: tuple[dict[str, Any], ...]) -> list[list[float]]:
    return [list(sample["walls"]) for sample in samples]


def run_trial(store: Path, number: int, slot: Slot) -> list[Compared]:
    """Run trial `number`, going round the workloads."""
    return list(Trial(store, list(KINDS)[number % len(KINDS)], number, slot).run())
