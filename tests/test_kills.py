"""Kills: whichever process of a run is killed or stopped, that costs one cell, which can be measured later."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from durable import Store, durable
from helpers import Project
from swapbench.record.journal import Journal


@dataclass(frozen=True)
class Crash:
    """What a run told whose cell m2 killed a process above it, armed with its file once, and what is left of it."""

    project: Project
    output: str
    statuses: dict[str, str]


def _crash(folder: Path, victim: str, workers: int) -> Crash:
    project = durable(folder, "assassin:Assassin", 6)
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


# As if it had been killed in the moment between being found alive and being told to start a child.
KILLED_UNSEEN = """
from swapbench.run.fork_server import ForkServer

alive = ForkServer.alive

def once(server):
    ForkServer.alive = alive
    server._process.kill()
    server._process.wait()
    return True

def pytest_runtest_teardown(item):
    if "m1" in item.name:
        ForkServer.alive = property(once)
"""


def test_a_fork_server_that_is_killed_before_it_hears_of_a_child_loses_that_cell_only(tmp_path: Path) -> None:
    project = durable(tmp_path, count=4).write(conftest=KILLED_UNSEEN)
    done = project.pytest("--benchmark-only", "--swap-rounds=1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert [record.status for record in project.records()] == ["ok", "ok", "crashed", "ok"]
    assert "m2-python on data, fold 0: crashed, it was ended by signal 9 (SIGKILL)" in done.stdout


STOPPING = """
import os, signal
from model import Model, time

class Stopping(Model):
    \"\"\"Stops its fork server, as a debugger or a frozen container does, and goes on for ever.\"\"\"

    def fit(self, X, y):
        if self.name == "m1":
            os.kill(os.getppid(), signal.SIGSTOP)
            time.sleep(600)
        super().fit(X, y)
"""


@pytest.mark.long
def test_a_fork_server_that_is_stopped_is_ended_after_the_time_out(tmp_path: Path) -> None:
    project = durable(tmp_path, "stopping:Stopping", 3).write(stopping=STOPPING)
    done = project.pytest("--benchmark-only", "--swap-rounds=1", "--swap-timeout=1")
    assert done.returncode == 1, done.stdout + done.stderr
    found = {record.cell.model: (record.status, record.reason) for record in project.records()}
    assert found == {"m0": ("ok", ""), "m1": ("timeout", "it did not finish within 1 s"), "m2": ("ok", "")}
    assert project.left_over() == []
