"""The bench: measures the cells of one process's tests and records each as it ends."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from harness.plan.cell import Cell
from harness.plan.error import SwapError
from harness.plan.suite import Phase, Suite
from harness.plugin.options import Options
from harness.record.journal import Journal
from harness.record.record import Record
from harness.run.environment import machine, versions
from harness.run.job import Job, job
from harness.run.local import LocalEngine
from harness.run.rounds import RoundError, Rounds, prepare_data


@dataclass
class VirtualClock:
    """A clock for pytest-benchmark that stands still but for the times which children report.

    `benchmark.pedantic` takes its rounds from it, so an entry's times are exactly those the children measured.
    """

    now: float = 0.0
    __name__ = "child_clock"

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Bench:
    """Measures cells for one run in one process; the object behind the `swapbench` fixture."""

    options: Options
    run: str
    clock: VirtualClock
    _engine: LocalEngine = field(init=False)
    _journal: Journal | None = None

    def __post_init__(self) -> None:
        settings = self.options.settings
        self._engine = LocalEngine(settings.slot, settings.threads, settings.seed)

    @property
    def journal(self) -> Journal:
        """The journal, opened on first use: a run without suites leaves no trace."""
        if self._journal is None:
            self._journal = Journal(self.options.settings.store)
        return self._journal

    def close(self) -> None:
        self._engine.close()
        if self._journal is not None:
            self._journal.close()

    def prepare(self, suite: Suite, dataset: str) -> None:
        """Bring a dataset into the cache; raises SwapError when it cannot be used."""
        prepare_data(self._engine, suite, dataset, self.options.settings)

    def __call__(
        self, suite: Suite, phase: Phase, model: str, backend: str, dataset: str, fold: int, benchmark: Any
    ) -> None:
        """Measure one cell, or take it from the run that is resumed; the test fails or skips as the cell does."""
        try:
            record = self._record_of(suite, phase, model, backend, dataset, fold, benchmark)
        except SwapError as error:
            pytest.fail(str(error), pytrace=False)
        benchmark.extra_info.update(record.extra_info())
        if record.status == "skipped":
            pytest.skip(record.reason)
        if record.status != "ok":
            pytest.fail("\n\n".join(filter(None, (record.sentence(), record.output))), pytrace=False)

    def _record_of(
        self, suite: Suite, phase: Phase, model: str, backend: str, dataset: str, fold: int, benchmark: Any
    ) -> Record:
        cell = Cell(suite.name, model, backend, dataset, fold, phase.name, self.options.selection.profile)
        missing = suite.backends[backend].missing
        if missing is not None:
            record = Record(cell, "", "skipped", missing)
            self.record(record)
            return record
        task = job(suite, phase, cell, self.options.settings)
        finished = self.journal.finished(self.run, cell, task.key) if self.options.resume else None
        if finished is not None:
            self._play(iter(finished.walls).__next__, len(finished.walls), benchmark)
            return finished
        record = self._measured(task, benchmark)
        self.record(record)
        return record

    def record(self, record: Record) -> None:
        """Write a record to the journal, durably."""
        self.journal.write(self.run, record)

    def _measured(self, task: Job, benchmark: Any) -> Record:
        rounds = Rounds(self._engine, task, self.options.settings)
        started = _now()
        end: dict[str, Any] = {"status": "ok"}
        try:
            self._play(rounds.measure, task.rounds, benchmark)
        except RoundError as error:
            outcome = error.outcome
            end = {"status": outcome.status, "reason": outcome.reason, "output": outcome.output}
        answer = rounds.answer
        return Record(
            cell=task.cell,
            key=task.key,
            **end,
            samples=tuple(rounds.samples),
            discarded=tuple(rounds.discarded),
            scores=answer.get("scores", {}),
            parameters=answer.get("parameters"),
            flops_per_example=answer.get("flops_per_example"),
            train_examples=answer.get("train_examples"),
            test_examples=answer.get("test_examples"),
            predictions_sha256=answer.get("predictions_sha256"),
            deterministic=_steady(rounds),
            environment=self._environment(task, answer),
            started=started,
            ended=_now(),
        )

    def _play(self, measure: Callable[[], float], rounds: int, benchmark: Any) -> None:
        benchmark.pedantic(lambda: self.clock.advance(measure()), rounds=rounds, iterations=1)

    def _environment(self, task: Job, answer: dict[str, Any]) -> dict[str, Any]:
        settings = self.options.settings
        return {
            "threads": settings.threads,
            "cpus": list(settings.slot.cpus),
            "workers": settings.workers,
            "slot": settings.slot.mode,
            "seed": settings.seed,
            "start": self._engine.start_method(task.backend),
            "device": answer.get("device", "cpu"),
            "restored": answer.get("restored"),
            "versions": versions(("swapbench", *task.backend.distributions)),
            "machine": machine(),
        }


def _steady(rounds: Rounds) -> bool | None:
    """Tell whether all rounds predicted the same; None when there was one, or nothing was predicted."""
    if len(rounds.samples) < 2 or None in rounds.predictions:
        return None
    return len(rounds.predictions) == 1


def _now() -> str:
    return datetime.now(UTC).isoformat()
