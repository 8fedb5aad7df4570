"""The steps of a run of empty cells: planned, measured, killed and resumed, journalled, compared and reported."""

import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from swapbench.base.error import SwapError
from swapbench.base.garbage import unsearched
from swapbench.commands.selfcheck.scale import marks
from swapbench.commands.selfcheck.scale.step import Step
from swapbench.commands.selfcheck.scale.suite import shape
from swapbench.commands.selfcheck.scale.watched import OUTPUT, Taken, Watched
from swapbench.record.database import Database
from swapbench.record.journal import Journal
from swapbench.record.run import Run
from swapbench.record.store import JOURNAL

FIRST = "first new cell after a kill"
REPORTS = ("report.md", "report.json", "report.html")
HISTORY = "history.html"
STORE, AGAIN = "store", "again"
KEPT = "kept"  # the store whose runs are looked at
_TEST = "from swapbench.commands.selfcheck.scale.suite import empty\n\n(test_predict,) = empty({cells}).tests()\n"
_TIMES = 3  # that a step of seconds is repeated
# A run is repeated until so many cells have been measured, and five times at most: what it starts with varies by more
# than a hundred cells add to it, and one that lasts for minutes has met the machine's better and worse moments itself.
# For the same reason it is the median that counts: the least of many short ones is a moment that no long one can have.
_RUNS, _CELLS = 5, 3000
_LOOK_S = 0.2
_T = TypeVar("_T")


def steps(folder: Path, cells: int) -> Iterator[Step]:
    """Yield what each step took; raises SwapError when one fails."""
    project = Project.of(folder, cells)
    yield project.collected()
    yield from project.measured()
    yield project.resumed()
    yield from project.measured("-n", "2")
    yield from project.journalled()
    yield from project.shown()


@dataclass(frozen=True)
class Project:
    """A folder in which a suite of empty cells is measured and looked at."""

    folder: Path
    cells: int

    @classmethod
    def of(cls, folder: Path, cells: int) -> "Project":
        """Write the suite; raises SwapError where there can be none of so many cells."""
        shape(cells)
        (folder / "test_empty.py").write_text(_TEST.format(cells=cells))
        return cls(folder, cells)

    @property
    def store(self) -> Path:
        return self.folder / STORE

    def runs(self) -> list[Run]:
        with closing(Journal(self.store)) as journal:
            return [journal.run(name) for name in journal.runs()]

    def collected(self) -> Step:
        """Collect all cells and measure none."""
        return self._taken("collect", [self._pytest("--collect-only").taken() for _ in range(_TIMES)])

    def measured(self, *options: str) -> Iterator[Step]:
        """Measure all cells, small runs a few times, and yield what each part of that took."""
        again = min(_RUNS, max(1, _CELLS // self.cells)) - 1
        takings = [self._whole(store, *options) for store in (STORE, *[AGAIN] * again)]
        how = " ".join(["", *options])
        for name, begins, ends in (
            ("begin", "asked", "planned"),
            ("measure", "planned", "measured"),
            ("sum up", "measured", "ended"),
        ):
            took = _middle((taken.between(begins, ends) for taken in takings), _processor)
            yield Step(f"{name}{how}", self.cells, *took)
        yield self._taken(f"all of it{how}", takings)

    def _whole(self, store: str, *options: str) -> Taken:
        """Measure all cells in a store, which is kept if it is the one that is looked at later."""
        taken = self._pytest(*options, store=store).taken()
        self._check(store)
        if store == AGAIN:
            shutil.rmtree(self.folder / store)
        return taken

    def resumed(self, *options: str) -> Step:
        """Kill a run in its middle and go on with it; the time is that to the first cell which is measured then."""
        before = {run.name for run in self.runs()}
        killed = self._pytest(*options)
        while self._recorded(before) < self.cells // 2:
            if killed.process.poll() is not None:
                raise SwapError(f"a run of {self.cells} cells ended before it could be killed in its middle.")
            time.sleep(_LOOK_S)
        killed.kill()
        again, clock = datetime.now(UTC), time.monotonic()
        taken = self._pytest("--swap-resume", *options).taken()
        took = time.monotonic() - clock
        self._check()
        new = [record for record in self.runs()[-1].records if datetime.fromisoformat(record.started) > again]
        first = min(datetime.fromisoformat(record.started) for record in new) - again
        told = f"{self.cells - len(new):,} cells were there, all in {took:.0f} s"
        _, cpu = taken.marks["planned"]
        return Step(FIRST, self.cells, first.total_seconds(), cpu, taken.peak_bytes, told=told)

    def journalled(self) -> Iterator[Step]:
        """Write the records of two runs, each durably, to a journal of their own, and read one run there.

        They are written as measured in a slot, so that their times are judged and shown too.
        """
        first, second, _ = self.runs()
        with closing(Journal(self.folder / KEPT)) as journal:
            written = [_took(partial(_write, journal, run)) for run in (first, second)]
            with unsearched():  # as every command that reads a run
                read = [_took(partial(journal.run, first.name)) for _ in range(_TIMES)]
        size = (self.folder / KEPT / JOURNAL).stat().st_size
        yield Step("journal, write", self.cells, *_middle(written, _processor), size_bytes=size)
        yield Step("journal, read", self.cells, *_middle(read, _processor))

    def shown(self) -> Iterator[Step]:
        """Compare two runs, and report the one alone and with the history of both."""
        first, second, _ = (run.name for run in self.runs())
        yield self._command("compare", first, second)
        yield self._command("report", first)
        for file in REPORTS:
            yield self._command("report", first, "-o", file, file=file)
        yield self._command("report", "-o", HISTORY, file=HISTORY)

    def _pytest(self, *options: str, store: str = STORE) -> Watched:
        plain = ["-q", "-p", "no:cacheprovider", "-p", marks.__name__, "--benchmark-only", f"--swap-store={store}"]
        # Without a slot: what other load takes part in would be measured again, which no number of cells brings about.
        return Watched(self.folder, "pytest", [*plain, "--swap-slot=none", *options])

    def _command(self, *arguments: str, file: str | None = None) -> Step:
        """Run a command of ours on the runs that were kept."""
        given = [*arguments, f"--store={KEPT}"]
        takings = [Watched(self.folder, "swapbench.commands.main", given).taken() for _ in range(_TIMES)]
        step = self._taken(file or arguments[0], takings)
        return replace(step, size_bytes=(self.folder / (file or OUTPUT)).stat().st_size)

    def _taken(self, name: str, takings: Sequence[Taken]) -> Step:
        """Return what a program took that was run a few times."""
        middle = _middle(takings, lambda taken: taken.cpu_s)
        wall, _ = middle.marks["ended"]
        return Step(name, self.cells, wall, middle.cpu_s, middle.peak_bytes)

    def _recorded(self, before: Collection[str]) -> int:
        """Return how many cells a run that was not there before has recorded by now."""
        with closing(Database(self.store / JOURNAL)) as database:
            counts = dict(database.select("SELECT run, count(*) FROM records GROUP BY run"))
        return sum(count for run, count in counts.items() if run not in before)

    def _check(self, store: str = STORE) -> None:
        """Raise SwapError where the last run of a store has not measured every cell, once and well."""
        with closing(Journal(self.folder / store)) as journal:
            digest = journal.digests()[-1]
        if digest.statuses != {"ok": self.cells}:
            raise SwapError(f"of {self.cells} cells planned the run {digest.run} ended with {digest.statuses}.")


def _took(work: Callable[[], object]) -> tuple[float, float]:
    """Return the wall time and the processor time of some work in this process."""
    began = time.monotonic(), time.process_time()
    work()
    return time.monotonic() - began[0], time.process_time() - began[1]


def _middle(takings: Iterable[_T], by: Callable[[_T], float]) -> _T:
    """Return the one that is the median; of an even number the lower of the two."""
    ranked = sorted(takings, key=by)
    return ranked[(len(ranked) - 1) // 2]


def _processor(took: tuple[float, float]) -> float:
    return took[1]


def _write(journal: Journal, run: Run) -> None:
    journal.begin(run.name, {})
    journal.plan(run.name, run.outlines, run.planned.items())
    for record in run.records:
        journal.write(run.name, replace(record, environment={**record.environment, "slot": "pinned"}))
