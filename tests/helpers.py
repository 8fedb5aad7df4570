"""What several of these tests share: projects in temporary folders, runs of pytest there, and records made by hand."""

import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from swapbench.plan.cell import Cell
from swapbench.record.journal import Journal
from swapbench.record.record import Record

DATA = """
import numpy as np

def load():
    return np.random.default_rng(0).normal(size=(60, 4)), np.arange(60) % 2

def split(X, y, groups, folds, seed):
    fold = np.arange(len(y)) % folds
    return [(np.flatnonzero((fold != each) | (folds == 1)), np.flatnonzero(fold == each)) for each in range(folds)]

def accuracy(truth, labels):
    return float((truth == labels).mean())
"""
# Neither fork servers nor children of such a suite import scikit-learn: with what it brings, that would be most of what
# they do.
LIGHT = """
from swapbench import Backend, Metric

LIGHT = {
    "backends": {"python": Backend("python", "numpy", ("numpy",), ("numpy",))},
    "dataset": "data:load",
    "split": "data:split",
    "metrics": [Metric("accuracy", "data:accuracy", bounds=(0.0, 1.0))],
}
"""

# Plugins that come with what these tests use themselves; importing them is a third of what a small run takes.
SPARED = "-p no:hypothesispytest -p no:anyio"
WIDE = "400"  # columns at which sentences stay on one line, so that tests can look for them


class LongAgo(datetime):
    """What a journal takes for the clock, where that was set back."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "LongAgo":
        return cls(2020, 1, 1, tzinfo=tz)


def require(*libraries: str) -> None:
    """Skip a test where a library is not installed. It is not imported: torch and TensorFlow never
    enter pytest's own process, where tests of plugins drop modules and a second import of them would crash."""
    for library in libraries:
        if importlib.util.find_spec(library) is None:
            pytest.skip(f"{library} is not installed")


def unwrapped(text: str) -> str:
    """Return what a terminal was sent as one line: a sentence is found however long what stands before it was."""
    return " ".join(text.split())


def environment(**extra: str) -> dict[str, str]:
    """Return this process's variables for a pytest that is started here, which must not inherit those of this one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**kept, "COLUMNS": WIDE, "PYTEST_ADDOPTS": SPARED, **extra}


@dataclass(frozen=True)
class Project:
    """A folder with somebody's suite and models, in which pytest is run; it has machine locks of its own."""

    folder: Path

    def write(self, **modules: str) -> "Project":
        """Write modules by name, as `name.py`."""
        for name, source in modules.items():
            (self.folder / f"{name}.py").write_text(dedent(source))
        return self

    @property
    def store(self) -> Path:
        return self.folder / ".benchmarks" / "swapbench"

    @property
    def environment(self) -> dict[str, str]:
        return environment(SWAPBENCH_LOCKS=str(self.folder / "locks"))

    @staticmethod
    def command(*arguments: str) -> list[str]:
        return [sys.executable, "-m", "pytest", "-W", "error", "-p", "no:cacheprovider", *arguments]

    def pytest(self, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        """Run pytest to its end and return its output."""
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **extra},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    def measured(self, *arguments: str, **extra: str) -> "subprocess.CompletedProcess[str]":
        """Run the project's benchmarks and insist that all went well."""
        done = self.pytest("--benchmark-only", *arguments, **extra)
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def records(self) -> list[Record]:
        """Return the records of the last run, in planned order."""
        journal = Journal(self.store)
        try:
            return journal.records(journal.last_run() or "")
        finally:
            journal.close()

    def processes(self) -> list[int]:
        """Return the living processes that any run in this folder started, whatever became of their parents."""
        mark = f"SWAPBENCH_LOCKS={self.folder / 'locks'}".encode()
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):  # it ended meanwhile, or is another user's
                if mark in path.read_bytes().split(b"\0"):
                    found.append(int(path.parent.name))
        return found

    def left_over(self, within_s: float = 5.0) -> list[int]:
        """Return the processes that have not ended within some seconds."""
        deadline = time.monotonic() + within_s
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return left

    def lines(self, name: str) -> list[str]:
        """Return what models wrote to a file of that name, line by line; none when it is not there."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []


def sample(wall_s: float = 1.0, **changes: Any) -> dict[str, Any]:
    """Return a sample as a round gives it."""
    values = {
        "wall_s": wall_s,
        "walls": [wall_s],
        "cpu_s": wall_s,
        "cold_s": None,
        "start_memory_bytes": 50 * 2**20,
        "peak_memory_bytes": 2**20,
        "absolute_peak_bytes": 51 * 2**20,
        "device_memory_bytes": None,
        "foreign_cpus": 0.0,
        "waited": 0.0,
        "slowdown": 1.0,
        "contaminated": False,
        "memory_complete": True,
        "elapsed_s": wall_s,
        "queued_s": 0.0,
    }
    return {**values, **changes}


def record(
    model: str = "lin",
    backend: str = "sklearn",
    fold: int = 0,
    phase: str = "fit",
    scores: Mapping[str, float] | None = None,
    dataset: str = "data",
    **changes: Any,
) -> Record:
    """Return a record of a cell of suite `mine` that ended well, unless `changes` say otherwise."""
    values: dict[str, Any] = {
        "key": "k",
        "status": "ok",
        "samples": (sample(),),
        "scores": dict(scores or {}),
        "environment": {"threads": 1, "slot": "exclusive"},
    }
    return Record(Cell("mine", model, backend, dataset, fold, phase, "quick"), **{**values, **changes})
