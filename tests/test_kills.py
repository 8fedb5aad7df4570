"""Kills: whichever process is killed when, what was measured is kept, and what is missing can be measured later."""

import os
import random
import signal
import subprocess
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from durable import Store, durable
from helpers import Project
from swapbench.record.journal import Journal

# One process is killed


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
@pytest.mark.parametrize("wanted", [2, pytest.param(20, marks=[pytest.mark.long, pytest.mark.soak])])
def test_no_kill_loses_or_repeats_a_cell_that_was_measured(tmp_path: Path, wanted: int) -> None:
    chance, kills, chains = random.Random(20), 0, 0  # noqa: S311  # moments, not secrets
    while kills < wanted:
        folder = tmp_path / str(chains)
        folder.mkdir()
        victim = Victim(durable(folder), chance)
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
