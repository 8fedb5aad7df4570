"""Durability: whatever is killed when, what was measured is kept, and what is missing can be measured later."""

import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from helpers import DATA, LIGHT, Project

from harness.record.journal import Journal
from harness.record.record import Record

_CELLS = 12

_MODELS = """
import os, time
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
        if os.fork() == 0:
            time.sleep(600)
        time.sleep(0.03)

    def predict(self, X):
        return np.zeros(len(X), int)
"""

_SUITE = """
from harness import Model, Suite
from light import LIGHT

suite = Suite(
    "mine",
    models={{f"m{{i}}": Model({{"python": "{target}"}}, {{"name": f"m{{i}}"}}) for i in range({count})}},
    **LIGHT,
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
from light import LIGHT

suite = Suite("others", models={"other": Model({"python": "another:Other"}, {"name": "other"})}, **LIGHT,
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


def _project(folder: Path, target: str = "model:Model", count: int = _CELLS) -> Project:
    suite = _SUITE.format(target=target, count=count)
    models = {"model": _MODELS, "assassin": _ASSASSIN, "frail": _FRAIL, "another": _ANOTHER}
    return Project(folder).write(data=DATA, light=LIGHT, test_mine=suite, **models)


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


@dataclass(frozen=True)
class Measured:
    """A project that was measured once, to be run again and changed, and what that run printed."""

    project: Project
    output: str

    def copied(self, folder: Path) -> "Measured":
        shutil.copytree(self.project.folder, folder, dirs_exist_ok=True)
        return Measured(Project(folder), self.output)


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    project = _project(tmp_path_factory.mktemp("measured"), count=3).write(test_other=_OTHER_SUITE, conftest=_LATE_KILL)
    return Measured(project, project.measured("--swap-rounds=1").stdout)


@pytest.fixture
def measured(measured_once: Measured, tmp_path: Path) -> Measured:
    """Four cells, of m0 to m2 and of another suite's `other`, measured in one process."""
    return measured_once.copied(tmp_path)


@pytest.mark.both_cores
@pytest.mark.parametrize("resume", [(), ("--swap-resume",)], ids=["new", "resumed"])
def test_a_worker_killed_after_its_cell_was_recorded_takes_no_record_away(
    measured: Measured, resume: tuple[str, ...]
) -> None:
    project = measured.project
    (project.folder / "armed").touch()
    done = project.pytest("--benchmark-only", "--swap-rounds=1", "-n", "2", *resume)
    assert done.returncode == 1
    assert not (project.folder / "armed").exists()
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
@pytest.mark.parametrize("wanted", [2, pytest.param(20, marks=pytest.mark.long)])
def test_no_kill_loses_or_repeats_a_cell_that_was_measured(tmp_path: Path, wanted: int) -> None:
    chance, kills, chains = random.Random(20), 0, 0  # noqa: S311  # moments, not secrets
    while kills < wanted:
        folder = tmp_path / str(chains)
        folder.mkdir()
        victim = Victim(_project(folder), chance)
        for number in range(kills, min(kills + 10, wanted)):
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


# What is measured again


def test_resuming_measures_cells_whose_code_was_edited_and_only_those(measured: Measured) -> None:
    project = measured.project
    before, fits = Store(project).bodies(), len(project.lines("fits.log"))
    with (project.folder / "another.py").open("a") as edited:
        edited.write("# a thought\n")
    done = project.measured("--swap-rounds=1", "--swap-resume", "test_mine.py", "test_other.py")
    after = Store(project).bodies()
    assert {name for name in before if before[name] != after[name]} == {"other"}
    assert set(project.lines("fits.log")[fits:]) == {"other"}
    assert "was resumed: 3 cells taken from its journal, 1 measured." in done.stdout


def test_resuming_with_nothing_changed_measures_nothing_and_shows_the_same_times(measured: Measured) -> None:
    project = measured.project
    before = Store(project).bodies()
    again = project.measured("--swap-rounds=1", "--swap-resume")
    assert Store(project).bodies() == before
    tables = [re.findall(r"^m\d .*", output, re.MULTILINE) for output in (measured.output, again.stdout)]
    assert tables[0] == tables[1]
    assert len(tables[0]) == 3


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


@pytest.fixture(scope="module")
def failed_once(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    project = _project(tmp_path_factory.mktemp("failed"), "frail:Frail", 3)
    (project.folder / "broken").touch()
    failed = project.pytest("--benchmark-only", "--swap-rounds=1")
    assert failed.returncode == 1
    return Measured(project, failed.stdout)


@pytest.fixture
def failed(failed_once: Measured, tmp_path: Path) -> Measured:
    """Three cells, of which that of m1 failed while a file `broken` was there."""
    return failed_once.copied(tmp_path)


def test_a_failed_cell_that_is_no_longer_declared_leaves_the_run_and_comes_back_with_it(failed: Measured) -> None:
    project = failed.project
    project.write(test_mine=_SUITE.format(target="frail:Frail", count=1))
    project.pytest("--benchmark-only", "--swap-rounds=1", "--swap-resume", "-k", "m0")
    assert [record.cell.model for record in project.records()] == ["m0", "m1", "m2"]
    project.measured("--swap-rounds=1", "--swap-resume")
    assert [record.cell.model for record in project.records()] == ["m0"]
    (project.folder / "broken").unlink()
    project.write(test_mine=_SUITE.format(target="frail:Frail", count=3))
    back = project.measured("--swap-rounds=1", "--swap-resume")
    assert "was resumed: 2 cells taken from its journal, 1 measured." in back.stdout


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.both_cores)])
def test_a_failed_cell_is_measured_again_and_passes_when_its_cause_is_gone(failed: Measured, workers: str) -> None:
    project = failed.project
    assert "mine: fit of m1-python on data, fold 0: failed, RuntimeError: the water is too cold" in failed.output
    before = Store(project).bodies()
    assert sorted(before) == ["m0", "m2"]
    (project.folder / "broken").unlink()
    project.measured("--swap-rounds=1", "--swap-resume", "-n", workers)
    after = Store(project).bodies()
    assert sorted(after) == ["m0", "m1", "m2"]
    assert {name: after[name] for name in before} == before


def test_a_new_run_measures_everything_anew(measured: Measured) -> None:
    project = measured.project
    before = project.records()
    project.measured("--swap-rounds=1")
    assert all(new.started > old.ended for old, new in zip(before, project.records(), strict=True))
    with closing(Journal(project.store)) as journal:
        assert len(journal.runs()) == 2
