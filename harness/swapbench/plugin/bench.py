"""The bench: measures the cells of one process's tests and records each as it ends."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from swapbench.plan.cell import Cell
from swapbench.plan.error import SwapError
from swapbench.plan.suite import Phase, Suite
from swapbench.plugin.options import Options
from swapbench.record.journal import JOURNAL, Journal
from swapbench.record.measurement import Measurement
from swapbench.record.record import Record
from swapbench.run import ahead
from swapbench.run.backends import declared
from swapbench.run.job import job
from swapbench.run.local import LocalEngine
from swapbench.run.repository import source_of
from swapbench.run.rounds import RoundError
from swapbench.run.waiting import OnStderr


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
    folder: Path
    clock: VirtualClock
    run: str = ""
    tell: Callable[[str], None] = field(default_factory=OnStderr)
    _engine: LocalEngine = field(init=False)
    _journal: Journal | None = None
    _last: Record | None = None

    def __post_init__(self) -> None:
        settings = self.options.settings
        self._engine = LocalEngine(settings.slot, settings.threads, settings.seed, tell=self.tell)

    @property
    def journal(self) -> Journal:
        """The journal, opened on first use: a run without suites leaves no trace."""
        if self._journal is None:
            self._journal = Journal(self.options.settings.store)
        return self._journal

    @property
    def found_journal(self) -> Journal | None:
        """The journal where there is one already; asking makes none."""
        return self.journal if (self.options.settings.store / JOURNAL).exists() else None

    def planned(self) -> dict[str, Cell]:
        """Return what the run planned, in whichever process."""
        journal = self.found_journal
        return journal.planned(self.run) if journal is not None else {}

    def close(self) -> None:
        self._engine.close()
        if self._journal is not None:
            self._journal.close()

    def prepare(self, wanted: ahead.Wanted) -> None:
        """Bring the data of some cells into the cache; raises SwapError when it cannot be used."""
        ahead.prepare(self._engine, wanted, self.options.settings)

    def check_targets(self, wanted: ahead.Wanted) -> None:
        """Raise SwapError when a target that some cells need cannot be used."""
        ahead.check_targets(self._engine, wanted, self.options.settings)

    def check_folds(self, wanted: ahead.Wanted) -> None:
        """Raise SwapError when the data of some cells cannot be split as they need it."""
        ahead.check_folds(self._engine, wanted, self.options.settings)

    def __call__(self, suite: Suite, phase: Phase, parameters: dict[str, Any], benchmark: Any) -> None:
        """Measure one cell, or take it from the run that is resumed; the test fails or skips as the cell does."""
        try:
            record = self._record_of(suite, phase, parameters, benchmark)
        except SwapError as error:
            pytest.fail(str(error), pytrace=False)
        benchmark.extra_info.update(record.extra_info())
        if record.status == "skipped":
            pytest.skip(record.reason)
        if record.status != "ok":
            pytest.fail("\n\n".join(filter(None, (record.sentence(), record.output))), pytrace=False)

    def _record_of(self, suite: Suite, phase: Phase, parameters: dict[str, Any], benchmark: Any) -> Record:
        profile = self.options.selection.profile
        cell = Cell(suite=suite.name, phase=phase.name, profile=profile, **parameters)
        missing = declared(suite, cell.backend).missing
        if missing is not None:
            record = Record(cell, "", "skipped", missing)
            self.record(record)
            return record
        measurement = self.measurement(suite, phase, cell)
        key, rounds = measurement.job.key, measurement.job.rounds
        finished = self.journal.finished(self.run, cell, key) if self.options.resume is not None else None
        if finished is not None:
            self._play(iter(finished.walls).__next__, len(finished.walls), benchmark)
            return finished
        with suppress(RoundError):  # the record says how it ended
            self._play(measurement.measure, rounds, benchmark)
        record = measurement.record()
        self.record(record)
        return record

    def measurement(self, suite: Suite, phase: Phase, cell: Cell) -> Measurement:
        """Return a cell ready to be measured; raises SwapError when it cannot be."""
        settings = self.options.settings
        return Measurement(self._engine, job(suite, phase, cell, settings), settings, self.source)

    @cached_property
    def source(self) -> dict[str, Any]:
        """The commit of the code that is measured."""
        return source_of(self.folder)

    def record(self, record: Record) -> None:
        """Write a record to the journal, durably."""
        self._last = record
        self.journal.write(self.run, record)

    def expected(self, cell: Cell, why: str) -> None:
        """Note that the cell which has just failed was expected to: it counts as skipped, and its reason says all."""
        if self._last is not None and self._last.cell == cell:
            reason = f"expected to fail, {why}: {self._last.status}, {self._last.reason}"
            self.record(replace(self._last, status="skipped", reason=reason))

    def _play(self, measure: Callable[[], float], rounds: int, benchmark: Any) -> None:
        benchmark.pedantic(lambda: self.clock.advance(measure()), rounds=rounds, iterations=1)
