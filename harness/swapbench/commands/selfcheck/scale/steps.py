"""The steps of a run of empty cells: planned, measured, killed and resumed, journalled, compared and reported."""

import time
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.scale import marks
from swapbench.commands.selfcheck.scale.step import Step
from swapbench.commands.selfcheck.scale.suite import empty
from swapbench.commands.selfcheck.scale.watched import Watched
from swapbench.record.database import Database
from swapbench.record.journal import Journal
from swapbench.record.run import Run
from swapbench.record.store import JOURNAL

FIRST = "first new cell after a kill"
REPORTS = ("report.md", "report.json", "report.html")
HISTORY = "history.html"
_TEST = "from swapbench.commands.selfcheck.scale.suite import empty\n\n(test_predict,) = empty({cells}).tests()\n"
_FEW = 2000  # cells up to which a step of seconds is repeated, for their processor time varies
_TIMES = 3
_LOOK_S = 0.2


def steps(folder: Path, cells: int) -> Iterator[Step]:
    """Yield what each step took; raises SwapError when one fails."""
    empty(cells)  # so that a number of cells that cannot be had is told at once
    (folder / "test_empty.py").write_text(_TEST.format(cells=cells))
    project = _Project(folder, cells)
    yield from project.measured()
    yield from project.journalled()
    yield project.resumed()
    yield from project.measured("-n", "2")
    yield from project.shown()


@dataclass(frozen=True)
class _Project:
    """A folder in which a suite of empty cells is measured and looked at."""

    folder: Path
    cells: int

    @property
    def store(self) -> Path:
        return self.folder / "store"

    def runs(self) -> list[Run]:
        with closing(Journal(self.store)) as journal:
            return [journal.run(name) for name in journal.runs()]

    def measured(self, *options: str) -> Iterator[Step]:
        """Measure all cells; how it ended is told by the last run in the journal."""
        taken = self._pytest(*options).taken()
        self._check()
        how = " ".join(["", *options])
        begun = (0.0, 0.0)
        for name, mark in (("plan", "planned"), ("measure", "measured"), ("sum up", "ended")):
            (wall, cpu), (before, cpu_before) = taken.marks[mark], begun
            yield Step(f"{name}{how}", self.cells, wall - before, cpu - cpu_before)
            begun = taken.marks[mark]
        again = sum(len(record.discarded) for record in self.runs()[-1].records)
        told = f"{again:,} rounds measured again for other load" if again else ""
        yield Step(f"all of it{how}", self.cells, begun[0], taken.cpu_s, taken.peak_bytes, told=told)

    def resumed(self) -> Step:
        """Kill a run in its middle and go on with it; the time is that to the first cell which is measured then."""
        before = {run.name for run in self.runs()}
        killed = self._pytest()
        while self._recorded(before) < self.cells // 2:
            if killed.process.poll() is not None:
                raise SwapError(f"a run of {self.cells} cells ended before it could be killed in its middle.")
            time.sleep(_LOOK_S)
        killed.kill()
        again, clock = datetime.now(UTC), time.monotonic()
        taken = self._pytest("--swap-resume").taken()
        took = time.monotonic() - clock
        self._check()
        new = [record for record in self.runs()[-1].records if datetime.fromisoformat(record.started) > again]
        first = min(datetime.fromisoformat(record.started) for record in new) - again
        told = f"{self.cells - len(new):,} cells were there, all in {took:.0f} s"
        return Step(FIRST, self.cells, first.total_seconds(), peak_bytes=taken.peak_bytes, told=told)

    def journalled(self) -> Iterator[Step]:
        """Write the records of a run, each durably, to a journal of their own, and read them."""
        (run,) = self.runs()
        path = self.folder / "journal"
        with closing(Journal(path)) as journal:
            journal.begin("one", {})
            began = time.monotonic(), time.process_time()
            journal.plan("one", run.outlines, run.planned.items())
            for record in run.records:
                journal.write("one", record)
            wall, cpu = time.monotonic() - began[0], time.process_time() - began[1]
        size = (path / JOURNAL).stat().st_size
        yield Step("journal, write", self.cells, wall, cpu, size_bytes=size)
        with closing(Journal(path)) as journal:
            began = time.monotonic(), time.process_time()
            journal.run("one")
            yield Step("journal, read", self.cells, time.monotonic() - began[0], time.process_time() - began[1])

    def shown(self) -> Iterator[Step]:
        """Compare the first two runs, and report the first alone and with the history of all."""
        first, second, *_ = (run.name for run in self.runs())
        yield self._command("compare", first, second)
        yield self._command("report", first)
        for file in REPORTS:
            yield self._command("report", first, "-o", file, file=file)
        yield self._command("report", "-o", HISTORY, file=HISTORY)

    def _pytest(self, *options: str) -> Watched:
        plain = ["-q", "-p", "no:cacheprovider", "-p", marks.__name__]
        return Watched(self.folder, "pytest", [*plain, "--benchmark-only", "--swap-store=store", *options])

    def _command(self, *arguments: str, file: str | None = None) -> Step:
        """Run a command, a few times where it is soon done, and return what it took when it took least."""
        given = [*arguments, "--store=store"]
        times = _TIMES if self.cells <= _FEW else 1
        takings = [Watched(self.folder, "swapbench.commands.main", given).taken() for _ in range(times)]
        least = min(takings, key=lambda taken: taken.cpu_s)
        wall, _ = least.marks["ended"]
        size = (self.folder / file).stat().st_size if file else (self.folder / "output.txt").stat().st_size
        name = file or f"{arguments[0]}"
        return Step(name, self.cells, wall, least.cpu_s, least.peak_bytes, size)

    def _recorded(self, before: Collection[str]) -> int:
        """Return how many cells a run that was not there before has recorded by now."""
        with closing(Database(self.store / JOURNAL)) as database:
            counts = dict(database.select("SELECT run, count(*) FROM records GROUP BY run"))
        return sum(count for run, count in counts.items() if run not in before)

    def _check(self) -> None:
        """Raise SwapError where the last run has not measured every cell, once and well."""
        with closing(Journal(self.store)) as journal:
            digest = journal.digests()[-1]
        if digest.statuses != {"ok": self.cells}:
            raise SwapError(f"of {self.cells} cells planned the run {digest.run} ended with {digest.statuses}.")
