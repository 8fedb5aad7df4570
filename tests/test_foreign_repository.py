"""A foreign repository with a suite of ten lines and the wheel: measured on Ray, accepted, gated, reported."""

import json
import re
from pathlib import Path

import pytest

from foreign import Installed, committed, installed, run, written
from helpers import require

# Ten lines, as README has them; the models of the suite and all else are theirs.
SUITE = """
from swapbench import Suite

suite = Suite(
    "mine",
    models={"bayes": {"sklearn": "sklearn.naive_bayes:GaussianNB"}, "tree": {"sklearn": "theirs:tree"}},
    dataset="theirs:load",
    folds=2,
    metrics=["accuracy"],
    tolerances={"accuracy": 0.01, "fit_time": "900%", "predict_time": "900%"},
)
test_fit, test_predict = suite.tests()
"""
MODELS = """
from sklearn.datasets import load_digits
from sklearn.tree import DecisionTreeClassifier


def load():
    return load_digits(return_X_y=True)


def tree():
    return DecisionTreeClassifier(max_depth=DEPTH, random_state=0)


DEPTH = 8
"""
CELLS = {
    f"test_{phase}[{model}-sklearn-data-fold{fold}]"
    for phase in ("fit", "predict")
    for model in ("bayes", "tree")
    for fold in (0, 1)
}


def _measure(theirs: Path, environment: Installed, *options: str, status: int = 0) -> str:
    command = [environment.python, "-m", "pytest", "bench/", "--benchmark-only", "--swap-engine", "ray"]
    return run(theirs, *command, *options, status=status, SWAPBENCH_LOCKS=str(theirs.parent / "locks"))


@pytest.mark.long
@pytest.mark.both_cores
def test_a_suite_of_ten_lines_is_measured_on_ray_gated_and_reported(tmp_path: Path) -> None:
    require("ray")
    environment = installed(tmp_path)
    theirs = written(
        tmp_path / "theirs",
        {
            "bench/test_mine.py": SUITE,
            "theirs.py": MODELS,
            "pytest.ini": "[pytest]\nfilterwarnings = error\n",
            ".gitignore": "__pycache__/\n.pytest_cache/\n.benchmarks/\n*.html\n*.md\n*.json\n",
        },
    )
    committed(theirs)

    assert "8 passed" in _measure(theirs, environment, "--benchmark-json=first.json")
    entries = json.loads((theirs / "first.json").read_text())["benchmarks"]
    assert {entry["name"] for entry in entries} == CELLS
    assert {entry["extra_info"]["environment"]["engine"] for entry in entries} == {"ray"}
    assert {entry["extra_info"]["status"] for entry in entries} == {"ok"}
    assert "baseline.json: 8 new" in run(theirs, environment.swapbench, "accept")

    models = theirs / "theirs.py"
    models.write_text(models.read_text().replace("DEPTH = 8", "DEPTH = 1"))
    committed(theirs)
    told = _measure(theirs, environment, "--swap-gate", "--swap-budget=20", "--swap-report=gated.md", status=1)
    (regressed,) = re.findall(r"^.* REGRESSED, .*$", told, re.MULTILINE)
    assert regressed.startswith("mine: predict of tree-sklearn on data, folds 0, 1: accuracy REGRESSED, worse by more")
    assert "8 passed, 2 regressed" in told.splitlines()[-1]
    assert regressed in (theirs / "gated.md").read_text()

    for report in ("report.md", "report.html"):
        run(theirs, environment.swapbench, "report", "-o", report)
        assert "tree" in (theirs / report).read_text()
    assert run(theirs, "git", "status", "--porcelain") == ""
