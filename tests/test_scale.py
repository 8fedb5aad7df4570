"""Size: what each further cell costs does not depend on how many there are, counted in calls and not in time."""

import cProfile
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from helpers import sample
from swapbench import Dataset, Model, Phase, Profile, Suite
from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.scale import check, workloads
from swapbench.commands.selfcheck.scale.step import Step
from swapbench.commands.selfcheck.scale.steps import REPORTS, Project
from swapbench.commands.selfcheck.scale.suite import empty, shape
from swapbench.judge.gate import Gate
from swapbench.judge.history import histories
from swapbench.judge.judgement import judge
from swapbench.plan.matrix import Selection
from swapbench.plan.outline import Outline
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run import settling
from swapbench.run.lease import Slot
from swapbench.run.settings import Settings
from swapbench.show import files, text, verdicts
from swapbench.show.markdown import markdown
from swapbench.show.page import page
from swapbench.show.summary import Summary, summarize

FOLDS = 3
# How a matrix grows: in which of its dimensions there are four times as many.
WAYS = {"models": (4, 1, 1), "datasets": (1, 4, 1), "suites": (1, 1, 4)}
_BACKENDS = ("sklearn", "torch")
_MODULE = workloads.__name__
_SPREAD = 1.1


def suites(models: int, datasets: int, count: int) -> list[Suite]:
    """Return suites that declare the same: two backends that are to agree, and a few exclusions and tolerances."""
    return [
        Suite(
            f"s{number}",
            models={f"m{own}": Model(dict.fromkeys(_BACKENDS, f"{_MODULE}:Nothing")) for own in range(models)},
            datasets={f"d{own}": Dataset(f"{_MODULE}:load", options={"number": own}) for own in range(datasets)},
            phases=[Phase("fit", part="train", labels=True, scored=True), "predict"],
            metrics=["accuracy"],
            tolerances={"accuracy": 0.01, "fit_time": "10%"},
            exclude=[{"model": "m0", "dataset": "d0", "backend": "torch"}],
            profiles={"quick": Profile(FOLDS, 3)},
        )
        for number in range(count)
    ]


def run_of(declared: Sequence[Suite], name: str) -> Run:
    """Return a run of some suites, of which one cell in fifty failed and one in fifty was not measured."""
    draw = random.Random(name)  # noqa: S311  # nothing is secret
    cells = [cell for suite in declared for phase in suite.phases for cell in Selection().cells(suite, phase)]
    records = [
        Record(
            cell,
            "key",
            "failed" if number % 50 == 7 else "ok",
            "it broke" if number % 50 == 7 else "",
            samples=tuple(sample(0.01 * (1 + draw.random() / 10)) for _ in range(3)),
            scores={"accuracy": 0.9 + draw.random() / 100},
            predictions_sha256=f"{draw.random()}",
            environment={"slot": "pinned", "threads": 1},
        )
        for number, cell in enumerate(cells)
        if number % 50 != 9
    ]
    planned = {f"test.py::test_{cell.phase}[{cell.suite}-{cell.id}]": cell for cell in cells}
    return Run(name, tuple(map(Outline.of, declared)), planned, tuple(records), name)


def calls(work: Callable[[], object]) -> int:
    """Return how many functions are called in the course of some work."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())


def planning(declared: Sequence[Suite]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is done before anything is measured."""
    counts = len(declared[0].models), len(declared[0].datasets), len(declared)
    yield "declare", lambda: suites(*counts)
    yield "select", lambda: [list(Selection().cells(suite, phase)) for suite in declared for phase in suite.phases]
    yield "outline", lambda: [Outline.of(suite).to_json() for suite in declared]
    yield "settle", lambda: [settled(suite) for suite in declared]


def settled(suite: Suite) -> list[Any]:
    settings = Settings(Path("store"), Slot("none", (0,)))
    phase = suite.phases["predict"]
    return [settling.job(suite, phase, cell, settings) for cell in Selection().cells(suite, "predict")]


def reading(declared: Sequence[Suite]) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield what is done with runs that were measured."""
    before, now = run_of(declared, "before"), run_of(declared, "now")
    gate = Gate("before", judge(before, now))
    whole, past = summarize(now, gate, before), summarize(now, histories=histories([before, now]))
    yield "judge", lambda: judge(before, now)
    yield "gate", lambda: (gate.status, gate.tally, list(text.gate_lines(gate)), list(verdicts.table(gate.verdicts)))
    yield "history", lambda: histories([before, now])
    yield "summarize", lambda: summarize(now, gate, before)
    yield "text", lambda: list(text.lines(whole))
    shown: dict[str, Callable[[Summary], str]] = {
        "markdown": markdown,
        "csv": files.table_csv,
        "json": files.document,
        "page": page,
    }
    for name, make in shown.items():
        yield name, lambda make=make: make(whole)  # type: ignore[misc]  # as it is now
    yield "page of the history", lambda: page(past)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("steps", [planning, reading])
def test_a_further_cell_costs_as_many_calls_as_the_one_before(
    way: str, steps: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one dimension of the matrix at a time; with less than thrice as many of it, squares would not show yet."""
    monkeypatch.setattr(settling, "read_description", lambda path: {"sha256": "0" * 64})
    factors = WAYS[way]
    made = [suites(*(size if factor > 1 else 1 for factor in factors)) for size in (8, 16, 32)]
    counts: dict[str, list[int]] = {}
    for declared in made:
        for name, work in steps(declared):
            work()  # what is found out once for a process is found out
            counts.setdefault(name, []).append(calls(work))
    growth = {name: (large - middle) / (2 * (middle - small)) for name, (small, middle, large) in counts.items()}
    assert {name: round(own, 2) for name, own in growth.items() if own > _SPREAD} == {}


def test_a_further_cell_costs_the_journal_as_much_as_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted in steps of SQLite's own machine, ten at a time."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 10
        return 0

    def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.set_progress_handler(count, 10)
        return connection

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", connected)
    counts: list[list[int]] = []
    for models in (8, 16, 32):
        run = run_of(suites(models, 1, 1), "one")
        with closing(Journal(tmp_path / str(models))) as journal:
            journal.begin("one", {})
            counts.append([])
            for work in journalled(journal, run):
                before = steps
                work()
                counts[-1].append(steps - before)
    growth = [(large - middle) / (2 * (middle - small)) for small, middle, large in zip(*counts, strict=True)]
    assert max(growth) < _SPREAD


def journalled(journal: Journal, run: Run) -> Iterator[Callable[[], object]]:
    """Yield what is done with a journal in the course of a run, and after it."""
    yield lambda: journal.plan("one", run.outlines, run.planned.items())
    yield lambda: [journal.write("one", record) for record in run.records]
    yield lambda: [journal.finished("one", record.cell, record.key) for record in run.records]
    yield lambda: journal.measured("one")
    yield journal.digests
    yield lambda: journal.latest(run.planned.values())
    yield lambda: journal.run("one")


# The check


@pytest.mark.parametrize(("square", "outside"), [(0.0, []), (1e-6, ["memory", "processor time", "size"])])
def test_what_grows_faster_than_the_cells_is_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, square: float, outside: list[str]
) -> None:
    def steps(folder: Path, cells: int) -> Iterator[Step]:
        cost = cells + square * cells**2 * 1000
        yield Step("report", cells, 0.0, 0.5 + 0.001 * cost, int(2**26 + 8192 * cost), int(1000 + 500 * cost))

    monkeypatch.setattr(check, "steps", steps)
    found = list(check.findings(tmp_path, (100, 1000, 10_000)))
    growths = [one.name.split(", ")[1] for one in found if one.name.startswith("growth") and not one.fine]
    assert sorted(growths) == outside


@pytest.mark.parametrize("sizes", [(100, 50), (7,), (100, 102)])
def test_numbers_of_cells_that_cannot_be_had_are_refused(tmp_path: Path, sizes: tuple[int, ...]) -> None:
    with pytest.raises(SwapError, match="--sizes"):
        next(check.findings(tmp_path, sizes))


@pytest.mark.parametrize(("cells", "expected"), [(5, (1, 1)), (100, (5, 4)), (1000, (20, 10)), (10_000, (50, 40))])
def test_a_matrix_of_empty_cells_grows_in_both_of_its_sides(cells: int, expected: tuple[int, int]) -> None:
    assert shape(cells) == expected
    assert len(list(Selection().cells(empty(cells), "predict"))) == cells


# A thousand cells, and ten thousand


@pytest.mark.long
@pytest.mark.both_cores
def test_a_thousand_cells_are_killed_in_their_middle_and_none_is_lost_or_measured_twice(tmp_path: Path) -> None:
    project = Project.of(tmp_path, 1000)
    step = project.resumed("-n", "2")
    (run,) = project.runs()
    assert len(run.records) == len({record.cell for record in run.records}) == 1000
    assert {record.status for record in run.records} == {"ok"}
    assert int(step.told.split()[0]) >= 500  # cells that were there when the run went on
    assert (step.peak_bytes or 0) < 250 * 2**20
    for file in REPORTS:
        command = [sys.executable, "-m", "swapbench.commands.main", "report", "--store", "store", "-o", file]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert {name: (tmp_path / name).stat().st_size < limit for name, limit in _LARGEST.items()} == dict.fromkeys(
        REPORTS, True
    )


# Of a thousand cells; a comment on a pull request has room for 65,536 characters.
_LARGEST = {"report.md": 65_536, "report.json": 3_000_000, "report.html": 1_000_000}


@pytest.mark.soak
@pytest.mark.long
@pytest.mark.both_cores
def test_ten_thousand_cells_take_memory_and_room_as_a_thousand_do(tmp_path: Path) -> None:
    """Times are the command's to judge: `swapbench selfcheck --scale`."""
    found = list(check.findings(tmp_path, check.SIZES))
    judged = [one for one in found if one.limit is not None and one.unit != "s" and "processor" not in one.name]
    assert len(judged) > 10
    assert [one.line() for one in judged if not one.fine] == []
