"""The runner: has the cells of one process's tests measured, and records each as it ends."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from swapbench.base.error import SwapError
from swapbench.base.waiting import OnStderr
from swapbench.plan.cell import Cell
from swapbench.plan.suite import Phase, Suite
from swapbench.plugin.brought import record_of
from swapbench.plugin.choices import Choices
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.store import JOURNAL
from swapbench.run import ahead
from swapbench.run.backends import declared
from swapbench.run.engine import Ahead, Engine, GoneError, Values, engine, word
from swapbench.run.job import Job
from swapbench.run.local import LocalEngine
from swapbench.run.provisions import Provisions
from swapbench.run.repository import source_of
from swapbench.run.settling import job
from swapbench.show.paragraph import harmless


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


class Expected(NamedTuple):
    """A cell that will be asked for; `counts` says that the run minds if it does not end well."""

    suite: Suite
    phase: Phase
    cell: Cell
    counts: bool


@dataclass
class Runner:
    """Runs the cells of one process for one run; the object behind the `swapbench` fixture.

    What would fail every cell alike is found on this machine, whichever `engine` measures.
    """

    choices: Choices
    folder: Path
    clock: VirtualClock
    run: str = ""
    tell: Callable[[str], None] = field(default_factory=OnStderr)
    show: Callable[[Mapping[str, Sequence[str]]], None] = lambda _: None
    _engine: Engine = field(init=False)
    _here: Provisions = field(init=False)
    _journal: Journal | None = None
    _last: Record | None = None
    _settled: dict[Cell, Job] = field(default_factory=dict)
    _arrived: set[Cell] = field(default_factory=set)
    _counting: set[Cell] = field(default_factory=set)
    _patience: float = inf

    def __post_init__(self) -> None:
        settings = self.choices.settings
        local = LocalEngine(settings, self._say)
        self._here = local.provisions
        # Most runs measure here as well, with the same fork servers.
        self._engine = local if self.choices.engine == "local" else engine(self.choices.engine, settings, self._say)

    def _say(self, sentence: str) -> None:
        self.tell(sentence)  # whoever listens by then

    @property
    def journal(self) -> Journal:
        """The journal, opened on first use: a run without suites leaves no trace."""
        if self._journal is None:
            self._journal = Journal(self.choices.settings.store)
        return self._journal

    @property
    def found_journal(self) -> Journal | None:
        """The journal where there is one already; asking makes none."""
        return self.journal if (self.choices.settings.store / JOURNAL).exists() else None

    def planned(self) -> dict[str, Cell]:
        """Return what the run planned, in whichever process."""
        journal = self.found_journal
        return journal.planned(self.run) if journal is not None else {}

    def measured(self) -> set[str]:
        """Return the tests whose cells were measured well before this session began; none where the run is new."""
        return self.journal.measured(self.run) if self.choices.resume is not None else set()

    def close(self) -> None:
        """Let go of all that is held; an engine that fails to is told of, and keeps nothing else from it."""
        try:
            self._engine.close()
        except Exception as error:
            told = f"{type(error).__name__}: {error}".rstrip(".")
            self._say(f"--swap-engine {self.choices.engine}: it could not be closed, {told}.")
        self._here.supervisor.close()
        if self._journal is not None:
            self._journal.close()

    def prepare(self, wanted: ahead.Wanted) -> None:
        """Bring the data of some cells into the cache; raises SwapError when it cannot be used."""
        ahead.prepare(self._here, wanted, self.choices.settings)

    def check_targets(self, wanted: ahead.Wanted) -> None:
        """Raise SwapError when a target that some cells need cannot be used."""
        ahead.check_targets(self._here, wanted, self.choices.settings)

    def check_folds(self, wanted: ahead.Wanted) -> None:
        """Raise SwapError when the data of some cells cannot be split as they need it."""
        ahead.check_folds(self._here, wanted, self.choices.settings)

    def __call__(self, suite: Suite, phase: Phase, parameters: dict[str, Any], benchmark: Any) -> None:
        """Measure one cell, or take it from the run that is resumed; the test fails or skips as the cell does."""
        profile = self.choices.selection.profile
        cell = Cell(suite=suite.name, phase=phase.name, profile=profile, **parameters)
        try:
            record = self._record_of(suite, phase, cell, once=not benchmark.enabled)
        except SwapError as error:  # its sentence says all, and what it was made of says no more
            _untimed(benchmark)
            if isinstance(error, GoneError):
                raise pytest.exit.Exception(f"--swap-engine {self.choices.engine}: {error}") from None
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        except pytest.fail.Exception as error:  # of a plugin that limits how long tests take
            _untimed(benchmark)
            raise pytest.fail.Exception(self._cut_short(cell, str(error)).sentence(), pytrace=False) from None
        if record.status != "skipped":
            self._play(record, benchmark)
        benchmark.extra_info.update(record.extra_info())
        if record.status == "skipped":
            pytest.skip(harmless(record.reason))
        if record.status != "ok":
            told = "\n\n".join(filter(None, (record.sentence(), record.output)))
            pytest.fail("\n".join(map(harmless, told.splitlines())), pytrace=False)

    def _record_of(self, suite: Suite, phase: Phase, cell: Cell, *, once: bool) -> Record:
        missing = declared(suite, cell.backend).missing
        if missing is not None:
            record = Record(cell, "", "skipped", missing)
        else:
            wanted = self._settled.pop(cell, None) or self.job(suite, phase, cell)
            finished = self._finished(wanted) if cell not in self._arrived else None
            if finished is not None:
                return finished
            if once:  # as pytest-benchmark runs what is not to be benchmarked
                wanted = replace(wanted, rounds=1)
            self._engine.submit(wanted)
            record = self._read(wanted, self._engine.result(wanted))
            if cell in self._arrived:  # and is in the journal
                self._last = record
                return record
        self.record(record)
        return record

    def _cut_short(self, cell: Cell, why: str) -> Record:
        """Record a cell whose test was ended before there was a result."""
        record = Record(cell, "", "timeout", f"its test was ended: {why}".rstrip("."))
        if cell not in self._arrived:
            self.record(record)
        return record

    def _read(self, wanted: Job, values: Values) -> Record:
        return record_of(wanted, values, word(self.choices.engine))

    @property
    def ahead(self) -> bool:
        """Whether the engine executes several cells at once."""
        return isinstance(self._engine, Ahead)

    def expect(self, cells: Sequence[Expected], modules: Mapping[str, Path], *, once: bool, patience: int) -> None:
        """Have an engine that works ahead begin with the cells that will be asked for in this order, until so many have
        failed (0: whatever fails); they stand on `modules`. Raises SwapError where it cannot execute anything."""
        if isinstance(self._engine, Ahead):
            self._counting, self._patience = {expected.cell for expected in cells if expected.counts}, patience or inf
            try:
                self._engine.expect(self._jobs(cells, once=once), modules, self)
            except GoneError as error:
                raise SwapError(f"--swap-engine {self.choices.engine}: {error}") from error

    def _jobs(self, cells: Sequence[Expected], *, once: bool) -> Iterator[Job]:
        """Yield the jobs of cells that the run has not measured yet; what cannot be settled is told when it is asked
        for."""
        for suite, phase, cell, _ in cells:
            try:
                wanted = self._settled[cell] = self.job(suite, phase, cell)
            except SwapError:
                continue
            if self._finished(wanted) is None:
                yield replace(wanted, rounds=1) if once else wanted

    def _finished(self, wanted: Job) -> Record | None:
        """Return the record of a cell that the run which is resumed has measured well."""
        if self.choices.resume is None:
            return None
        return self.journal.finished(self.run, wanted.cell, wanted.key)

    def arrived(self, job: Job, values: Values) -> bool:
        """Record a cell that has ended before it was asked for, at once: whatever becomes of this process then, it is
        kept. What is no record is told when the cell is asked for."""
        try:
            record = self._read(job, values)
        except SwapError:
            return True
        self.journal.write(self.run, record)
        self._arrived.add(job.cell)
        self._patience -= record.status != "ok" and job.cell in self._counting
        return self._patience > 0

    def doing(self, nodes: Mapping[str, Sequence[str]]) -> None:
        """Show what machines measure now."""
        self.show(nodes)

    def job(self, suite: Suite, phase: Phase, cell: Cell) -> Job:
        """Return a cell ready to be measured; raises SwapError when it cannot be."""
        return job(suite, phase, cell, self.choices.settings, self.source)

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

    def _play(self, record: Record, benchmark: Any) -> None:
        """Have pytest-benchmark see the rounds as if it had timed them itself, and of a cell that did not end well that
        one more failed."""
        rounds = iter(record.walls)

        def seen() -> None:
            wall = next(rounds, None)
            if wall is None and record.status != "ok":
                raise _EndedError
            self.clock.advance(wall or 0.0)  # nothing more is known where it asks for more, as its profiler does

        count = len(record.walls) + (record.status != "ok")
        with suppress(_EndedError):
            benchmark.pedantic(seen, rounds=count, iterations=1)


def _untimed(benchmark: Any) -> None:
    """Have pytest-benchmark know that nothing could be timed; it warns of a test that has forgotten it."""

    def ended() -> None:
        raise _EndedError

    with suppress(_EndedError):
        benchmark.pedantic(ended, rounds=1, iterations=1)


class _EndedError(Exception):
    """The cell ended in this round."""
