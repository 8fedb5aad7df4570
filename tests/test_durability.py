"""Durability: what was measured is kept, and only what is missing or was edited is measured later."""

import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from durable import INTERRUPTED, LATE_KILL, OTHER_SUITE, SUITE, Store, durable
from helpers import Project
from swapbench.record.journal import Journal


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
    project = durable(tmp_path_factory.mktemp("measured"), count=3).write(test_other=OTHER_SUITE, conftest=LATE_KILL)
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


@pytest.mark.parametrize("workers", [0, 1])
def test_what_is_left_of_a_resumed_run_comes_first_and_stands_in_its_place(tmp_path: Path, workers: int) -> None:
    project = durable(tmp_path, count=8)
    project.measured("--swap-rounds=1", "--swap-slot=none")
    with closing(sqlite3.connect(project.store / "journal.sqlite")) as database, database:
        database.execute("""DELETE FROM records WHERE cell LIKE '%"m6"%' OR cell LIKE '%"m7"%'""")
    given = ("--swap-rounds=1", "--swap-slot=none", "--benchmark-json=again.json")
    again = project.measured(*given, "--swap-resume", "-v", "-n", str(workers)).stdout
    tests = re.findall(r"test_fit\[(m\d)\S* (?:PASSED)|PASSED \S*test_fit\[(m\d)", again)
    order = [one or other for one, other in tests]
    # xdist gives a worker two tests before it can be told which come first.
    assert order[2 * workers : 2 * workers + 2] == ["m6", "m7"]
    assert sorted(order) == [f"m{number}" for number in range(8)]
    entries = json.loads((tmp_path / "again.json").read_text())["benchmarks"]
    assert [entry["extra_info"]["cell"]["model"] for entry in entries] == sorted(order)
    assert "was resumed: 6 cells taken from its journal, 2 measured." in again


def test_resuming_without_a_journal_just_runs(tmp_path: Path) -> None:
    project = durable(tmp_path, count=2)
    project.measured("--swap-rounds=1", "--swap-resume")
    assert sorted(Store(project).bodies()) == ["m0", "m1"]


def test_an_interrupted_run_says_how_to_go_on_and_goes_on_by_its_name(tmp_path: Path) -> None:
    project = durable(tmp_path, count=3).write(conftest=INTERRUPTED)
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
    project = durable(tmp_path_factory.mktemp("failed"), "frail:Frail", 3)
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
    project.write(test_mine=SUITE.format(target="frail:Frail", count=1))
    project.pytest("--benchmark-only", "--swap-rounds=1", "--swap-resume", "-k", "m0")
    assert [record.cell.model for record in project.records()] == ["m0", "m1", "m2"]
    project.measured("--swap-rounds=1", "--swap-resume")
    assert [record.cell.model for record in project.records()] == ["m0"]
    (project.folder / "broken").unlink()
    project.write(test_mine=SUITE.format(target="frail:Frail", count=3))
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
