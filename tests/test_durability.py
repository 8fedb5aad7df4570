"""Durability: whatever is killed when, what was measured is kept, and what is missing can be measured later."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from helpers import DATA, Project, environment

from harness.plan.cell import Cell
from harness.plan.error import SwapError
from harness.plugin.options import LAST, Options
from harness.plugin.resuming import start
from harness.record.journal import Journal
from harness.record.record import Record

_KILLS = 20
_CELLS = 12

_MODELS = """
import os, subprocess, time
import numpy as np
from pathlib import Path

def tell(line):
    with open("fits.log", "a") as log:
        log.write(line + "\\n")

class Model:
    def __init__(self, name):
        self.name = name

    def fit(self, X, y):
        tell(self.name)
        subprocess.Popen(["sleep", "600"])
        time.sleep(0.1)

    def predict(self, X):
        return np.zeros(len(X), int)
"""

_SUITE = """
from harness import Model, Suite

suite = Suite(
    "mine",
    models={{f"m{{i}}": Model({{"python": "{target}"}}, {{"name": f"m{{i}}"}}) for i in range({count})}},
    dataset="data:load",
    metrics=["accuracy"],
    folds=1,
    phases=["fit"],
)
(test_fit,) = suite.tests()
"""

_ASSASSIN = """
import os, signal
from pathlib import Path
from model import Model, time

class Assassin(Model):
    \"\"\"Kills its fork server, or the worker above that, whichever the file `armed` says; once.\"\"\"

    def fit(self, X, y):
        if self.name == "m2" and Path("armed").exists():
            victim = Path("armed").read_text()
            Path("armed").unlink()
            server = Path(f"/proc/{os.getppid()}/stat").read_text()
            worker = int(server.rpartition(")")[2].split()[1])
            os.kill(worker if victim == "worker" else os.getppid(), signal.SIGKILL)
            time.sleep(600)
        super().fit(X, y)
"""

_FRAIL = """
from pathlib import Path
from model import Model

class Frail(Model):
    def fit(self, X, y):
        if self.name == "m1" and Path("broken").exists():
            raise RuntimeError("the water is too cold")
        super().fit(X, y)
"""

_ANOTHER = """
from model import Model

class Other(Model):
    pass
"""

_OTHER_SUITE = """
from harness import Model, Suite

suite = Suite("others", models={"other": Model({"python": "another:Other"}, {"name": "other"})}, dataset="data:load",
    folds=1, phases=["fit"])
(test_other,) = suite.tests()
"""

_LATE_KILL = """
import os, signal
from pathlib import Path

def pytest_runtest_teardown(item):
    if "m2" in item.name and Path("armed").exists():
        Path("armed").unlink()
        os.kill(os.getpid(), signal.SIGKILL)
"""

_INTERRUPTED = """
from pathlib import Path

def pytest_runtest_teardown(item):
    if "m1" in item.name and Path("armed").exists():
        Path("armed").unlink()
        raise KeyboardInterrupt
"""

_OLD_JOURNAL = """
CREATE TABLE runs (id TEXT PRIMARY KEY, started TEXT NOT NULL);
CREATE TABLE planned (
    run TEXT NOT NULL, cell TEXT NOT NULL, test TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (run, cell)
) WITHOUT ROWID;
CREATE TABLE outlines (run TEXT NOT NULL, suite TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, suite));
CREATE TABLE records (
    run TEXT NOT NULL, cell TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, cell)
);
INSERT INTO runs VALUES ('old', '2026-01-01T00:00:00+00:00');
INSERT INTO planned VALUES ('old', '{"backend": "b", "dataset": "d", "fold": 0, "model": "m", "phase": "fit",
    "profile": "quick", "suite": "s"}', 'test_a', 0);
"""

_OPEN_TOGETHER = """
import multiprocessing, sys
from pathlib import Path
from harness.plan.error import SwapError
from harness.record.journal import Journal

def open_all(barrier):
    for number in range(150):
        barrier.wait()
        try:
            Journal(Path(str(number))).close()
        except SwapError as error:
            print(error, flush=True)

barrier = multiprocessing.get_context("fork").Barrier(4)
processes = [multiprocessing.get_context("fork").Process(target=open_all, args=(barrier,)) for _ in range(4)]
for process in processes:
    process.start()
for process in processes:
    process.join()
"""


def _project(folder: Path, target: str = "model:Model", count: int = _CELLS) -> Project:
    suite = _SUITE.format(target=target, count=count)
    return Project(folder).write(data=DATA, model=_MODELS, test_mine=suite, assassin=_ASSASSIN, frail=_FRAIL)


@dataclass
class Store:
    """What lies in a project's journal, read without the harness's own reading."""

    project: Project

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.project.store / "journal.sqlite")) as database:
            yield database

    def bodies(self) -> dict[str, str]:
        """Return the records that ended well, as they were written, by the name of their model."""
        if not (self.project.store / "journal.sqlite").exists():
            return {}
        with self._open() as database:
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'records'").fetchone():
                return {}
            rows = database.execute("SELECT cell, body FROM records WHERE status = 'ok'").fetchall()
        return {json.loads(cell)["model"]: body for cell, body in rows}

    def check(self) -> None:
        """Insist that the journal is sound and every planned cell of its one run is in it once, and well."""
        with self._open() as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert len(database.execute("SELECT id FROM runs").fetchall()) == 1
            planned = database.execute("SELECT cell FROM planned ORDER BY cell").fetchall()
            recorded = database.execute("SELECT cell FROM records ORDER BY cell").fetchall()
            records = [Record.from_json(body) for (body,) in database.execute("SELECT body FROM records")]
        assert recorded == planned
        assert len(planned) == _CELLS
        assert [record.status for record in records] == ["ok"] * _CELLS
        assert all(len(record.samples) == 1 for record in records)


# One process is killed


@dataclass(frozen=True)
class Crash:
    """What a run told whose cell m2 killed a process above it, armed with its file once, and what is left of it."""

    project: Project
    output: str
    statuses: dict[str, str]


def _crash(folder: Path, victim: str, workers: int) -> Crash:
    project = _project(folder, "assassin:Assassin", 6)
    (folder / "armed").write_text(victim)
    done = project.pytest("--benchmark-only", "--swap-rounds=1", "-n", str(workers))
    assert done.returncode == 1, done.stdout + done.stderr
    assert project.left_over() == []
    return Crash(project, done.stdout, {record.cell.model: record.status for record in project.records()})


@pytest.mark.both_cores
def test_a_killed_worker_loses_its_present_cell_only_and_resuming_measures_it(tmp_path: Path) -> None:
    crash = _crash(tmp_path, "worker", 2)
    assert crash.statuses == {**{f"m{number}": "ok" for number in range(6)}, "m2": "crashed"}
    assert "mine: fit of m2-python on data, fold 0: crashed, the worker that measured it was killed" in crash.output
    assert "6 cells: 5 ok, 1 crashed" in crash.output
    with closing(Journal(crash.project.store)) as journal:
        assert len(journal.planned(journal.last_run() or "")) == 6
    before = Store(crash.project).bodies()
    crash.project.measured("-n", "2", "--swap-rounds=1", "--swap-resume")
    after = Store(crash.project).bodies()
    assert sorted(after) == [f"m{number}" for number in range(6)]
    assert {name: after[name] for name in before} == before


def test_a_killed_fork_server_loses_its_present_cell_only(tmp_path: Path) -> None:
    crash = _crash(tmp_path, "server", 0)
    assert crash.statuses == {**{f"m{number}": "ok" for number in range(6)}, "m2": "crashed"}
    assert "mine: fit of m2-python on data, fold 0: crashed, it was ended by signal 9 (SIGKILL)" in crash.output


@pytest.mark.parametrize("resume", [(), ("--swap-resume",)], ids=["new", "resumed"])
@pytest.mark.both_cores
def test_a_worker_killed_after_its_cell_was_recorded_takes_no_record_away(
    tmp_path: Path, resume: tuple[str, ...]
) -> None:
    project = _project(tmp_path, count=4).write(conftest=_LATE_KILL)
    project.measured("--swap-rounds=1")
    (tmp_path / "armed").touch()
    done = project.pytest("--benchmark-only", "--swap-rounds=1", "-n", "2", *resume)
    assert done.returncode == 1
    assert not (tmp_path / "armed").exists()
    assert [record.status for record in project.records()] == ["ok"] * 4


# The whole run is killed


@dataclass
class Victim:
    """A run that is started again and again, and killed at random moments until all cells are measured."""

    project: Project
    chance: random.Random
    kills: int = 0
    known: dict[str, str] = field(default_factory=dict)

    def start_and_kill(self, number: int) -> bool:
        """Start or resume the run and kill it; False when it ended before."""
        fits = len(self.project.lines("fits.log"))
        workers = ["-n", "2"] if number % 2 else []
        resume = ["--swap-resume"] if self.kills else []
        process = subprocess.Popen(
            self.project.command("--benchmark-only", "--swap-rounds=1", *workers, *resume),
            cwd=self.project.folder,
            env=self.project.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        if number % 4:  # most are killed while they measure, the others anywhere between their start and there
            while process.poll() is None and len(self.project.lines("fits.log")) == fits:
                time.sleep(0.005)
            time.sleep(self.chance.uniform(0, 0.5))
        else:
            time.sleep(self.chance.uniform(0.3, 2.0))
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(process.pid, signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        self.kills += killed
        return killed

    def check(self, fits: int) -> None:
        """Insist that the kill left no process, and nothing that was measured well before was touched."""
        assert self.project.left_over() == []
        found = Store(self.project).bodies()
        assert {name: found.get(name) for name in self.known} == self.known
        assert set(self.project.lines("fits.log")[fits:]).isdisjoint(self.known)
        self.known = found


@pytest.mark.both_cores
def test_no_kill_loses_or_repeats_a_cell_that_was_measured(tmp_path: Path) -> None:
    chance, kills, chains = random.Random(20), 0, 0  # noqa: S311  # moments, not secrets
    while kills < _KILLS:
        folder = tmp_path / str(chains)
        folder.mkdir()
        victim = Victim(_project(folder), chance)
        for number in range(kills, min(kills + 10, _KILLS)):
            fits = len(victim.project.lines("fits.log"))
            killed = victim.start_and_kill(number)
            victim.check(fits)
            if not killed:
                break
        fits = len(victim.project.lines("fits.log"))
        victim.project.measured("--swap-rounds=1", "--swap-resume", "-n", str(2 * (chains % 2)))
        victim.check(fits)
        Store(victim.project).check()
        kills, chains = kills + victim.kills, chains + 1


def test_workers_may_open_a_new_journal_at_the_same_moment(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_TOGETHER],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == []


# What is measured again


def test_resuming_measures_cells_whose_code_was_edited_and_only_those(tmp_path: Path) -> None:
    project = _project(tmp_path, count=2).write(another=_ANOTHER, test_other=_OTHER_SUITE)
    project.measured("--swap-rounds=1")
    before, fits = Store(project).bodies(), len(project.lines("fits.log"))
    with (tmp_path / "another.py").open("a") as edited:
        edited.write("# a thought\n")
    done = project.measured("--swap-rounds=1", "--swap-resume", "test_mine.py", "test_other.py")
    after = Store(project).bodies()
    assert {name for name in before if before[name] != after[name]} == {"other"}
    assert set(project.lines("fits.log")[fits:]) == {"other"}
    assert "was resumed: 2 cells taken from its journal, 1 measured." in done.stdout


def test_resuming_with_nothing_changed_measures_nothing_and_shows_the_same_times(tmp_path: Path) -> None:
    project = _project(tmp_path, count=2)
    first = project.measured("--swap-rounds=1")
    before = Store(project).bodies()
    again = project.measured("--swap-rounds=1", "--swap-resume")
    assert Store(project).bodies() == before
    tables = [re.findall(r"^m\d .*", done.stdout, re.MULTILINE) for done in (first, again)]
    assert tables[0] == tables[1]
    assert len(tables[0]) == 2


def test_resuming_without_a_journal_just_runs(tmp_path: Path) -> None:
    project = _project(tmp_path, count=2)
    project.measured("--swap-rounds=1", "--swap-resume")
    assert sorted(Store(project).bodies()) == ["m0", "m1"]


def test_an_interrupted_run_says_how_to_go_on_and_goes_on_by_its_name(tmp_path: Path) -> None:
    project = _project(tmp_path, count=3).write(conftest=_INTERRUPTED)
    (tmp_path / "armed").touch()
    done = project.pytest("--benchmark-only", "--swap-rounds=1")
    assert done.returncode == pytest.ExitCode.INTERRUPTED
    assert "1 cell not measured yet: the same command with --swap-resume goes on from here." in done.stdout
    with closing(Journal(project.store)) as journal:
        (run,) = journal.runs()
    project.measured("--swap-rounds=1", "--swap-model=m0")
    resumed = project.measured("--swap-rounds=1", f"--swap-resume={run}")
    assert f"run {run} was resumed: 2 cells taken from its journal, 1 measured." in resumed.stdout


def test_a_failed_cell_that_is_no_longer_declared_leaves_the_run_and_comes_back_with_it(tmp_path: Path) -> None:
    project = _project(tmp_path, "frail:Frail", 3)
    (tmp_path / "broken").touch()
    assert project.pytest("--benchmark-only", "--swap-rounds=1").returncode == 1
    project.write(test_mine=_SUITE.format(target="frail:Frail", count=1))
    project.pytest("--benchmark-only", "--swap-rounds=1", "--swap-resume", "-k", "m0")
    assert [record.cell.model for record in project.records()] == ["m0", "m1", "m2"]
    project.measured("--swap-rounds=1", "--swap-resume")
    assert [record.cell.model for record in project.records()] == ["m0"]
    (tmp_path / "broken").unlink()
    project.write(test_mine=_SUITE.format(target="frail:Frail", count=3))
    back = project.measured("--swap-rounds=1", "--swap-resume")
    assert "was resumed: 2 cells taken from its journal, 1 measured." in back.stdout


def _begun(folder: Path, settings: dict[str, object]) -> Journal:
    """Return a journal with one run, `first`."""
    journal = Journal(folder)
    journal.begin("first", settings)
    return journal


def _options(resume: str | None = LAST, **changes: object) -> SimpleNamespace:
    experiment = {"profile": "quick", "folds": None, "seed": 0, "gate": False, **changes}
    return SimpleNamespace(resume=resume, experiment=lambda: experiment, settings=SimpleNamespace(store="here"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "standard"}, "with --swap-profile quick, and this one is asked for with --swap-profile standard"),
        ({"folds": 2}, "with no --swap-folds, and this one is asked for with --swap-folds 2"),
        ({"seed": 1}, "with --swap-seed 0, and this one is asked for with --swap-seed 1"),
        ({"gate": True}, "with no --swap-gate, and this one is asked for with --swap-gate"),
    ],
)
def test_another_experiment_is_not_resumed(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with (
        closing(_begun(tmp_path, _options().experiment())) as journal,
        pytest.raises(SwapError, match=f"run first was measured {told}, which is another experiment"),
    ):
        start(cast(Options, _options(**changes)), journal)


def test_the_run_that_is_resumed_is_the_last_or_the_one_that_is_named(tmp_path: Path) -> None:
    settings = _options().experiment()
    with closing(_begun(tmp_path, settings)) as journal:
        journal.begin("second", settings)
        assert start(cast(Options, _options()), journal).run == "second"
        assert start(cast(Options, _options("first")), journal).run == "first"
        assert start(cast(Options, _options(None)), journal).resumed is False
        with pytest.raises(SwapError, match="has no run 'third'; known are first, second"):
            start(cast(Options, _options("third")), journal)
    with pytest.raises(SwapError, match="--swap-resume=first: there is no journal in here"):
        start(cast(Options, _options("first")), None)


def test_a_journal_from_before_schemas_is_read_and_its_runs_are_not_resumed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as old:
        old.executescript(_OLD_JOURNAL)
    with closing(Journal(tmp_path)) as journal:
        assert journal.run("old").planned == {"test_a": Cell("s", "m", "b", "d", 0, "fit", "quick")}
        with pytest.raises(SwapError, match="run old does not say with which options it was measured"):
            start(cast(Options, _options()), journal)
    Journal(tmp_path).close()


def test_a_journal_of_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(
        SwapError, match=r"journal\.sqlite has schema 99, and this swapbench knows those up to 1; update"
    ):
        Journal(tmp_path)


def test_a_new_run_measures_everything_anew(tmp_path: Path) -> None:
    project = _project(tmp_path, count=2)
    project.measured("--swap-rounds=1")
    before = project.records()
    project.measured("--swap-rounds=1")
    assert all(new.started > old.ended for old, new in zip(before, project.records(), strict=True))
    with closing(Journal(project.store)) as journal:
        assert len(journal.runs()) == 2


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.both_cores)])
def test_a_failed_cell_is_measured_again_and_passes_when_its_cause_is_gone(tmp_path: Path, workers: str) -> None:
    project = _project(tmp_path, "frail:Frail", 3)
    (tmp_path / "broken").touch()
    failed = project.pytest("--benchmark-only", "--swap-rounds=1", "-n", workers)
    assert failed.returncode == 1
    assert "mine: fit of m1-python on data, fold 0: failed, RuntimeError: the water is too cold" in failed.stdout
    before = Store(project).bodies()
    assert sorted(before) == ["m0", "m2"]
    (tmp_path / "broken").unlink()
    project.measured("--swap-rounds=1", "--swap-resume", "-n", workers)
    after = Store(project).bodies()
    assert sorted(after) == ["m0", "m1", "m2"]
    assert {name: after[name] for name in before} == before
