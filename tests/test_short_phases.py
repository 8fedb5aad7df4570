"""Short phases: what calls on several models a round are worth to the judge, and how soon it decides of them."""

import json
import time
from pathlib import Path

import pytest

from commits import commit, git, swapbench
from helpers import Project, record, sample
from swapbench.judge.comparability import same_calls
from swapbench.judge.judgement import judge
from swapbench.plan.cell import Row
from swapbench.plan.outline import Outline
from swapbench.record.record import Record
from swapbench.record.run import Run

OUTLINE = Outline("mine", (Row("lin", "sklearn"),), ("data",), ("fit",), (), (), "lin-sklearn")
COLD = 0.0205
BUSY = """
import time
from pathlib import Path
import numpy as np

class Busy:
    def __init__(self, milliseconds):
        self.milliseconds = milliseconds

    def fit(self, X, y):
        end = time.process_time() + self.milliseconds / 1e3
        while time.process_time() < end:
            pass

    def predict(self, X):
        return np.zeros(len(X), int)

def load():
    return np.zeros((60, 1)), np.arange(60) % 2
"""
SUITE = """
from swapbench import Model, Suite

models = {f"fit{number}": Model({"python": "busy:Busy"}, {"milliseconds": number / 10}) for number in (5, 50, 500)}
(test_fit,) = Suite("short", models=models, dataset="busy:load", folds=1, phases=["fit"]).tests()
"""


def _record(*walls: float) -> Record:
    """A record of ten rounds of such calls, each on a model of its own."""
    return record(samples=[sample(walls=[*walls], models=len(walls), wall_s=walls[0])] * 10)


def test_a_phase_that_is_short_on_one_side_only_is_compared_by_its_first_calls() -> None:
    """Just below 20 milliseconds it is called again, by a process that is warm by then; just above it is not."""
    before, after = _record(COLD), _record(COLD * 0.97, 0.005)
    runs = [Run("run", (OUTLINE,), {"test": one.cell}, (one,)) for one in (before, after)]
    (verdict,) = [verdict for verdict in judge(*runs) if verdict.metric == "fit_time"]
    assert verdict.effect == pytest.approx(0.97)


def test_rounds_of_one_kind_are_compared_whole() -> None:
    both = _record(0.006, 0.005), _record(0.006, 0.005, 0.005)
    assert same_calls(*both) == both
    older = record(samples=[{key: value for key, value in sample().items() if key != "models"}])
    assert same_calls(older, record()) == (older, record())


@pytest.mark.soak
@pytest.mark.long
def test_fits_of_half_5_and_50_milliseconds_are_decided_within_a_minute(tmp_path: Path) -> None:
    project = Project(tmp_path).write(busy=BUSY, test_short=SUITE)
    (tmp_path / ".gitignore").write_text(".benchmarks/\n__pycache__/\nlocks/\n")
    git(project, "init", "--quiet")
    commit(project, "first")
    began = time.monotonic()
    done = swapbench(project, "ab", "HEAD", ".", "--all", "--json", "--budget=55")
    took_s = time.monotonic() - began
    assert done.stdout, done.stderr
    times = [one for one in json.loads(done.stdout)["verdicts"] if one["metric"] == "fit_time"]
    print(f"{took_s:.0f} s:", *json.loads(done.stdout)["notes"], *(one["sentence"] for one in times), sep="\n")
    assert [one["kind"] for one in times] == ["equivalent"] * 3
    assert took_s < 60
