"""A sandbox: a folder with fake models and suites, in which pytest runs as a user runs it."""

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell
from swapbench.plan.metric import Metric
from swapbench.record.journal import Journal
from swapbench.record.record import Record

FAKE = '''
"""Models that cost nothing, on data that cost nothing; they know nothing of the instrument."""
import numpy as np

class Majority:
    """Predicts the class it saw most."""

    def fit(self, X, y):
        self.label = np.bincount(y).argmax()

    def predict(self, X):
        return np.full(len(X), self.label)

class Sign:
    """Predicts the sign of the first feature."""

    def fit(self, X, y):
        pass

    def predict(self, X):
        return (X[:, 0] > 0).astype(int)

    def count_parameters(self):
        return 1

def load():
    X = np.random.default_rng(0).normal(size=(60, 3))
    return X, (X[:, 0] + X[:, 1] / 2 > 0).astype(int)

def split(X, y, groups, folds, seed):
    fold = np.arange(len(y)) % folds
    return [(np.flatnonzero((fold != each) | (folds == 1)), np.flatnonzero(fold == each)) for each in range(folds)]

def accuracy(truth, labels):
    return float((truth == labels).mean())
'''
# Neither fork servers nor children import scikit-learn: with what it brings, that would be most of what they do.
LIGHT: dict[str, Any] = {
    "backends": {"python": Backend("python", "numpy", ("numpy",), ("numpy",))},
    "split": "fake:split",
    "metrics": [Metric("accuracy", "fake:accuracy", bounds=(0.0, 1.0))],
}

_TIMEOUT_S = 120.0


@dataclass(frozen=True)
class Run:
    """A run of pytest that has ended: what it said, and what its journal holds (nothing: it measured nothing)."""

    status: int
    out: str
    err: str
    outcomes: dict[str, int]
    planned: dict[str, Cell]
    records: tuple[Record, ...]
    folder: Path

    @property
    def output(self) -> str:
        return f"{self.out}\n{self.err}"

    def entries(self, file: str) -> list[dict[str, Any]]:
        """The entries of a file that pytest-benchmark wrote."""
        return list(json.loads((self.folder / file).read_text())["benchmarks"])


@dataclass(frozen=True)
class Sandbox:
    """Somebody's folder with suites and models."""

    pytester: pytest.Pytester

    @property
    def folder(self) -> Path:
        return self.pytester.path

    @property
    def store(self) -> Path:
        return self.folder / ".benchmarks" / "swapbench"

    def write(self, **sources: str) -> None:
        """Write Python files, each by its name without the ending."""
        for name, source in sources.items():
            (self.folder / f"{name}.py").write_text(source)

    def suite(self, name: str, file: str = "", more: str = "", **declared: Any) -> None:
        """Write test_`name`.py, or another `file`, with a suite: fake models on fake data, but for what is declared.

        Backends that are declared are there beside the fake models' own.
        """
        defaults: dict[str, Any] = {
            "models": {"major": {"python": "fake:Majority"}, "sign": {"python": "fake:Sign"}},
            "dataset": "fake:load",
            "folds": 2,
            **LIGHT,
        }
        if "backends" in declared:
            declared["backends"] = {**LIGHT["backends"], **declared["backends"]}
        if "datasets" in declared:
            del defaults["dataset"]
        arguments = "".join(f"    {key}={value!r},\n" for key, value in {**defaults, **declared}.items())
        source = (
            "import pytest\nfrom swapbench import Backend, Dataset, Metric, Model, Suite\n\n"
            f"suite = Suite(\n    {name!r},\n{arguments})\n"
            "globals().update((test.__name__, test) for test in suite.tests())\n"
        )
        self.write(**{file or f"test_{name}": source + more})

    def run(self, *arguments: str) -> Run:
        """Run pytest in a process of its own, and read what it left in the journal."""
        before = self._runs()
        result = self.pytester.runpytest_subprocess(*arguments, timeout=_TIMEOUT_S)
        begun = [run for run in self._runs() if run not in before]
        out = result.stdout.str()
        return Run(
            int(result.ret),
            out,
            result.stderr.str(),
            result.parseoutcomes() if " in " in out.rpartition("\n")[2] else {},
            *(self._left(begun[0]) if begun else ({}, ())),
            self.folder,
        )

    def measure(self, *arguments: str) -> Run:
        """Run the suites, one round a cell; whatever warns fails."""
        return self.run("--benchmark-only", "--swap-rounds=1", "-W", "error", *arguments)

    def _runs(self) -> list[str]:
        if not (self.store / "journal.sqlite").exists():
            return []
        with closing(Journal(self.store)) as journal:
            return journal.runs()

    def _left(self, run: str) -> tuple[dict[str, Cell], tuple[Record, ...]]:
        with closing(Journal(self.store)) as journal:
            return journal.planned(run), tuple(journal.records(run))
