"""Projects in a git repository, and our own commands there: what tests of the gate and of `swapbench ab` share."""

import subprocess
import sys
from pathlib import Path

from helpers import Project

MODELS = """
import numpy as np

class Model:
    def __init__(self, units, held=0, wrong=0):
        self.units, self.held, self.wrong = units, held, wrong

    def fit(self, X, y):
        kept = np.ones((1 + self.held) * 2**20, np.uint8)
        for _ in range(self.units):
            sum(range(2000))

    def predict(self, X):
        labels = X[:, 0].astype(int)
        labels[: self.wrong] = 1 - labels[: self.wrong]
        return labels

def quick(units=20):
    return Model(units)

def steady(units=20):
    return Model(units)
"""
DATA = """
import numpy as np

def load():
    y = np.arange(4000) % 2
    return y[:, None].astype(float), y

def halves(X, y, groups, folds, seed):
    parts = np.arange(2000), np.arange(2000, 4000)
    return [parts, parts[::-1]]

def correct(truth, labels):
    return truth == labels

def accuracy(truth, labels):
    return float(correct(truth, labels).mean())
"""
# Neither fork servers nor children import scikit-learn, which would be most of what they do.
SUITE = """
from swapbench import Suite
from swapbench.plan.backend import Backend
from swapbench.plan.metric import Metric

suite = Suite(
    "mine",
    models={"quick": {"python": "quick:quick"}, "steady": {"python": "steady:steady"}},
    dataset="data:load",
    folds=2,
    split="data:halves",
    phases=["fit"],
    metrics=[Metric("accuracy", "data:accuracy", each="data:correct", bounds=(0.0, 1.0))],
    tolerances={"fit_time": "20%"},
    backends={"python": Backend("python", "numpy", ("numpy",), ("numpy",))},
)
(test_fit,) = suite.tests()
"""
SLOW = MODELS.replace("def quick(units=20)", "def quick(units=60)")


def committed(folder: Path) -> Project:
    """Return a project in a git repository, one commit old and clean."""
    made = Project(folder).write(quick=MODELS, steady=MODELS, data=DATA, test_mine=SUITE)
    (folder / ".gitignore").write_text(".benchmarks/\n__pycache__/\nlocks/\n*.json\n")
    (folder / "README.md").write_text("Words.\n")
    git(made, "init", "--quiet")
    commit(made, "first")
    return made


def git(project: Project, *arguments: str) -> str:
    name = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    done = subprocess.run(["git", *name, *arguments], cwd=project.folder, capture_output=True, text=True, check=True)
    return done.stdout


def commit(project: Project, title: str) -> None:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", title)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "swapbench.commands.main", *arguments]


def swapbench(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments), cwd=project.folder, env=project.environment, capture_output=True, text=True, check=False
    )
