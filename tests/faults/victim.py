"""The victim: a project whose cells, scores and verdicts are known, and the command that measures it."""

import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from faults.promise import BrokenPromiseError, insist
from faults.running import Running
from helpers import Project
from swapbench.base.error import SwapError
from swapbench.judge.judgement import judge
from swapbench.record import document
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.run import Run

DATA = """
import numpy as np

def load():
    return np.random.default_rng(0).normal(size=(400, 4)), np.arange(400) % 2

def split(X, y, groups, folds, seed):
    half = np.arange(len(y)) % 4 < 2
    return [(np.flatnonzero(half), np.flatnonzero(~half))] * folds

def accuracy(truth, labels):
    return float(right(truth, labels).mean())

def right(truth, labels):
    return truth == labels
"""
MODEL = """
import os, random, signal, time
import numpy as np

def misbehave(how):
    chance = random.Random(os.environ["FAULT_SEED"])
    time.sleep(chance.uniform(0, 0.05))
    if how == "linger":
        for _ in range(chance.randint(1, 4)):
            if os.fork() == 0:
                if chance.random() < 0.5:
                    os.setsid()
                if chance.random() < 0.5 and os.fork():
                    os._exit(0)
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                time.sleep(600)
    if how.startswith("flood"):
        written = 0
        while how.endswith("on") or written < chance.randint(1, 200):
            written += os.write(chance.randint(1, 2), os.urandom(2**15) * 8) / 2**18
            time.sleep(0.001)
    if how.startswith("close"):
        os.closerange(chance.choice([0, 3]), 4096)
        while how.endswith("on"):
            time.sleep(0.1)
    if how == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)

class Guess:
    '''Is right in a share of its predictions that is known; what it has fitted can be kept.'''

    def __init__(self, name, right):
        self.name, self.right = name, right

    def fit(self, X, y):
        time.sleep(0.03)
        if os.environ.get("FAULT_IN") == self.name:
            misbehave(os.environ["FAULT"])
        self.share = np.array([self.right])

    def predict(self, X):
        truth = np.arange(len(X)) % 2
        return np.where(np.arange(len(X)) < self.share[0] * len(X), truth, 1 - truth)

    def save_fitted(self, path):
        path.mkdir()
        np.save(path / "share.npy", self.share)

    def load_fitted(self, path):
        self.share = np.load(path / "share.npy")
"""
SUITE = """
from swapbench import Backend, Metric, Model, Suite

suite = Suite(
    "mine",
    models={{name: Model({{"python": "model:Guess"}}, {{"name": name, "right": right}}) for name, right in {models}}},
    backends={{"python": Backend("python", "numpy", ("numpy",), ("numpy",))}},
    dataset="data:load",
    split="data:split",
    metrics=[Metric("accuracy", "data:accuracy", each="data:right", bounds=(0.0, 1.0))],
    tolerances={{"accuracy": 0.01}},
    folds=1,
)
test_fit, test_predict = suite.tests()
"""
# What other load disturbs is measured again, which on a busy machine would be most of what an injection takes.
CONFTEST = "from swapbench.run import measurement\n\nmeasurement._REPEATS = 0\n"
BEFORE = {"same": 0.9, "other": 0.8, "worse": 0.9, "gone": 0.7}
NOW = {"same": 0.9, "other": 0.8, "worse": 0.5, "new": 0.7}

FILES = ("journal.sqlite", "journal.sqlite-wal")
Bodies = dict[str, str]


@contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of a journal, without the instrument's own reading: who opens one brings its log in order, which is
    for the next run to do."""
    with tempfile.TemporaryDirectory() as folder:
        for name in FILES:
            if (store / name).exists():
                shutil.copy(store / name, folder)
        with closing(sqlite3.connect(Path(folder) / FILES[0])) as database:
            whole = database.execute("PRAGMA integrity_check").fetchall()
            insist(whole == [("ok",)], "lost", f"the journal is not whole: {whole}")
            yield database


def _has_tables(database: sqlite3.Connection) -> bool:
    return database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'records'").fetchone() == (1,)


def begun(store: Path) -> list[str]:
    """Return the runs of a journal, in the order in which they began."""
    with opened(store) as database:
        rows = database.execute("SELECT id FROM runs ORDER BY rowid") if _has_tables(database) else []
        return [run for (run,) in rows]


def written(store: Path) -> Bodies:
    """Return the records of the last run that ended well, by their cell, as they are written."""
    with opened(store) as database:
        if not _has_tables(database):
            return {}
        last = "(SELECT id FROM runs ORDER BY rowid DESC LIMIT 1)"
        rows = database.execute(f"SELECT cell, body FROM records WHERE run = {last} AND status = 'ok'")  # noqa: S608
        return dict(rows.fetchall())


def result(record: Record) -> dict[str, Any]:
    """Return what of a record another undisturbed run would have too."""
    values = record.as_dict()
    return {name: values[name] for name in ("cell", "key", "status", "scores", "examples", "predictions_sha256")}


@dataclass(frozen=True)
class Truth:
    """An undisturbed run: its folder, the run, how long it took, in seconds, and the baseline it is judged against."""

    folder: Path
    run: Run
    took_s: Mapping[str, float]
    baseline: Run

    @classmethod
    def measured(cls, folder: Path) -> "Truth":
        """Measure what was before, and what is now: in one process and over two workers, which comes to the same."""
        before = Victim(folder / "before", random.Random(0))  # noqa: S311  # moments, not secrets
        before.write(BEFORE)
        baseline = folder / "baseline.json"
        before.command(f"--swap-report={baseline}").ended({0})
        took = {}
        for workers in ("0", "2"):
            now = Victim(folder / f"now{workers}", before.chance)
            now.write(NOW)
            began = time.monotonic()
            now.command("-n", workers).ended({0})
            took[workers] = time.monotonic() - began
        truth = cls(folder / "now0", now.run(), took, document.read(baseline))
        kinds = {verdict["kind"] for verdict in truth.verdicts}
        assert kinds == {"equivalent", "regressed", "new", "missing"}, kinds
        return truth

    @cached_property
    def results(self) -> list[dict[str, Any]]:
        return [result(record) for record in self.run.records]

    @cached_property
    def verdicts(self) -> list[dict[str, Any]]:
        return self.judged(self.run)

    def judged(self, run: Run) -> list[dict[str, Any]]:
        """Return the verdicts on a run but for those on times and memory, which no two runs have alike."""
        found = (verdict.as_dict() for verdict in judge(self.baseline, run))
        return [verdict for verdict in found if verdict["metric"] in ("", "accuracy")]


@dataclass
class Victim:
    """A project that is measured, harmed, and gone on with."""

    folder: Path
    chance: random.Random
    number: int = 0
    known: Bodies = field(default_factory=dict)
    ends: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def project(self) -> Project:
        return Project(self.folder)

    @property
    def store(self) -> Path:
        return self.project.store

    def write(self, models: Mapping[str, float] = NOW) -> None:
        suite = SUITE.format(models=list(models.items()))
        self.project.write(data=DATA, model=MODEL, test_mine=suite, conftest=CONFTEST)

    def command(self, *arguments: str, new: bool = False, **how: Any) -> Running:
        """Start to measure: a new run where there is none, else the last one goes on, unless a new one is wanted."""
        resume = [] if new or not begun(self.store) else ["--swap-resume"]
        pytest = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
        return Running.of(self.project, [*pytest, "--benchmark-only", "--swap-rounds=1", *resume, *arguments], **how)

    @property
    def complete(self) -> bool:
        """Whether the last run has all cells that it planned; one that planned none has."""
        return not begun(self.store) or not self.run().missing

    def swapbench(self, *arguments: str) -> Running:
        """Start a command of swapbench."""
        return Running.of(self.project, [sys.executable, "-m", "swapbench.commands.main", *arguments])

    def run(self, name: str = "") -> Run:
        """Return a run of the journal, the last one where none is named."""
        try:
            with closing(Journal(self.store)) as journal:
                return journal.run(name or journal.last_run() or "")
        except SwapError as error:
            raise BrokenPromiseError("lost", str(error)) from error

    def settle(self, running: Running) -> None:
        """Insist that what has ended left no process, kept all that was known, and said how it ended."""
        left = self.project.left_over() and running.commands()
        insist(not left, "left", f"{left} of {running}")
        found = written(self.store)
        for cell, body in self.known.items():
            insist(cell in found, "lost", cell)
            insist(found[cell] == body, "repeated", cell)
        self.known = found
        insist(not re.search("Traceback|INTERNALERROR", running.measuring), "untold", running.output)

    def finish(self, truth: Truth, *arguments: str) -> None:
        """Go on with the run, and insist that it comes to what an undisturbed one came to."""
        running = self.command(*arguments)
        running.ended({0})
        self.settle(running)
        run = self.run()
        insist(len(run.records) == len({record.cell for record in run.records}), "repeated", "a cell is there twice")
        insist(not run.missing, "lost", str(run.missing))
        others = [record for record in run.records if result(record) not in truth.results]
        insist(not others, "wrong", f"other results: {[one.as_dict() for one in others]}")
        insist([result(record) for record in run.records] == truth.results, "wrong", "results in another order")
        insist(truth.judged(run) == truth.verdicts, "wrong", "other verdicts")


@contextmanager
def fresh(folder: Path, chance: random.Random, number: int) -> Iterator[Victim]:
    """Yield a victim, one of several, in a folder of its own, which is removed where all was well."""
    victim = Victim(Path(tempfile.mkdtemp(dir=folder)), chance, number)
    victim.write()
    with victim.ends:
        yield victim
    for pid in victim.project.processes():  # of one of which a promise was broken
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(victim.folder, ignore_errors=True)
