"""The gate: what a run against a baseline lets pass, what it measures again, and `swapbench ab` between commits."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from helpers import Project, record, sample, unwrapped

from harness.commands import shrinking
from harness.judge.gate import Gate
from harness.judge.verdict import Kind, Verdict
from harness.plan.error import SwapError
from harness.plan.matrix import Selection
from harness.plugin.asked import Asked
from harness.plugin.bench import Bench
from harness.plugin.keeper import Keeper
from harness.record.journal import Journal
from harness.record.record import Record
from harness.record.run import Run

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
from harness import Suite
from harness.plan.backend import Backend
from harness.plan.metric import Metric

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


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project in a git repository, one commit old and clean."""
    made = Project(tmp_path).write(quick=MODELS, steady=MODELS, data=DATA, test_mine=SUITE)
    (tmp_path / ".gitignore").write_text(".benchmarks/\n__pycache__/\nlocks/\n*.json\n")
    (tmp_path / "README.md").write_text("Words.\n")
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
    return [sys.executable, "-m", "harness.commands.main", *arguments]


def swapbench(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments), cwd=project.folder, env=project.environment, capture_output=True, text=True, check=False
    )


def accepted(project: Project, *arguments: str) -> Path:
    """Measure, accept the run, and return the baseline's path."""
    project.measured("--swap-rounds=5", *arguments)
    done = swapbench(project, "accept")
    assert done.returncode == 0, done.stderr
    return project.store / "baseline.json"


def tamper(baseline: Path, model: str, change: Any) -> None:
    """Change the records of a model in a baseline."""
    content = json.loads(baseline.read_text())
    for values in content["records"]:
        if values["cell"]["model"] == model:
            change(values)
    baseline.write_text(json.dumps(content))


def halve_times(values: dict[str, Any]) -> None:
    for each in values["samples"]:
        each["walls"] = [wall / 2 for wall in each["walls"]]


def double_times(record: dict[str, Any]) -> None:
    for one in record["samples"]:
        one["walls"] = [2 * wall for wall in one["walls"]]


def test_without_a_baseline_the_gate_refuses_before_anything_is_measured(
    project: Project, plugin_args: tuple[str, ...]
) -> None:
    done = project.pytest("--benchmark-only", "--swap-gate", *plugin_args)
    assert done.returncode == 4
    assert "there is no baseline at" in done.stderr
    assert "swapbench accept" in done.stderr
    assert not (project.store / "journal.sqlite").exists()


@pytest.mark.parametrize(("text", "words"), [("", "the file is empty"), ("{", "damaged or no JSON")])
def test_a_baseline_that_cannot_be_read_is_refused(project: Project, text: str, words: str) -> None:
    (project.folder / "b.json").write_text(text)
    done = project.pytest("--benchmark-only", "--swap-gate", "--swap-baseline=b.json")
    assert done.returncode == 4
    assert words in done.stderr


def test_a_false_alarm_is_measured_away_and_a_true_one_is_shown(project: Project, plugin_args: tuple[str, ...]) -> None:
    """In the baseline `steady` looks faster than it is, or slower, as on another day; `quick` got slower since."""
    tamper(accepted(project), "steady", halve_times if plugin_args else double_times)
    project.write(quick=SLOW)
    done = project.pytest(
        "--benchmark-only", "--swap-gate", "--swap-report=r.md", "--junitxml=j.xml", "-v", *plugin_args
    )
    assert done.returncode == 1, done.stdout
    assert set(re.findall(r"(\S+) REGRESSED", done.stdout)) >= {
        f"test_mine.py::test_fit[quick-python-data-fold{fold}]" for fold in (0, 1)
    }
    assert "2 regressed" in done.stdout.splitlines()[-1]
    assert "quick-python on data, folds 0, 1: fit_time REGRESSED, worse by more than 20%" in unwrapped(done.stdout)
    assert not re.search(r"steady-python.*(REGRESSED|improved|inconclusive)", done.stdout)
    assert re.search(r"Of 4 suspect cells, in turn with the baseline's commit: measured \d+ rounds of 2 c", done.stdout)
    assert (project.folder / "r.md").read_text().startswith("## swapbench: worse than allowed\n")
    assert (project.folder / "j.xml").read_text().count("<failure") == 2
    assert git(project, "worktree", "list").count("\n") == 1


def test_a_suspect_that_cannot_be_measured_again_is_inconclusive_and_says_why(project: Project) -> None:
    baseline = accepted(project)
    tamper(baseline, "steady", halve_times)
    for model in ("quick", "steady"):
        tamper(baseline, model, lambda record: record.update(source={}))
    done = project.pytest("--benchmark-only", "--swap-gate")
    assert done.returncode == 0, done.stdout
    assert "measured again beside the baseline's code: it is not known which commit that is" in unwrapped(done.stdout)
    strict = project.pytest("--benchmark-only", "--swap-gate", "--swap-strict")
    assert strict.returncode == 1


def test_a_vanished_cell_fails_and_a_cell_that_was_not_asked_for_does_not(project: Project) -> None:
    accepted(project)
    asked = project.pytest("--benchmark-only", "--swap-gate", "--swap-model=quick")
    assert "missing" not in asked.stdout
    project.write(test_mine=SUITE.replace('"steady": {"python": "steady:steady"}', ""))
    done = project.pytest("--benchmark-only", "--swap-gate")
    assert done.returncode == 1
    assert "2 missing" in done.stdout.splitlines()[-1]
    assert "mine: fit of steady-python on data, fold 0: MISSING, the baseline has it" in unwrapped(done.stdout)


def test_a_new_cell_passes_and_is_named(project: Project) -> None:
    accepted(project, "--swap-model=quick")
    done = project.pytest("--benchmark-only", "--swap-gate")
    assert done.returncode == 0, done.stdout
    assert "mine: fit of steady-python on data, fold 0: new, the baseline does not have it." in unwrapped(done.stdout)


def test_a_cell_that_fails_now_fails_the_run_and_is_missing(project: Project) -> None:
    accepted(project)
    project.write(quick=MODELS.replace("for _ in range(self.units):", "raise ValueError('no')\n        if 0:"))
    done = project.pytest("--benchmark-only", "--swap-gate")
    assert done.returncode == 1
    assert "fold 0: MISSING, the baseline has it, and now it is failed: ValueError: no." in unwrapped(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        pytest.param(("--swap-threads=2",), "threads differs: 1 before, 2 now", marks=pytest.mark.both_cores),
        ((), "machine host"),
    ],
)
def test_other_conditions_are_incomparable(project: Project, arguments: tuple[str, ...], key: str) -> None:
    baseline = accepted(project)
    if not arguments:
        for model in ("quick", "steady"):
            tamper(baseline, model, lambda record: record["environment"]["machine"].update(host="elsewhere"))
    done = project.pytest("--benchmark-only", "--swap-gate", *arguments)
    assert done.returncode == 0, done.stdout
    assert "incomparable" in unwrapped(done.stdout)
    assert key in unwrapped(done.stdout)
    assert project.pytest("--benchmark-only", "--swap-gate", "--swap-strict", *arguments).returncode == 1


def test_worse_scores_fail_without_being_measured_again(project: Project) -> None:
    accepted(project)
    project.write(quick=MODELS.replace("return Model(units)", "return Model(units, wrong=60)", 1))
    done = project.pytest("--benchmark-only", "--swap-gate")
    assert done.returncode == 1
    assert (
        "quick-python on data, folds 0, 1: accuracy REGRESSED, worse by more than 0.5%: 1.0000 -> 0.9700"
        in unwrapped(done.stdout)
    )


# Accepting


def test_only_a_run_that_ended_well_is_accepted(project: Project) -> None:
    project.write(quick=MODELS.replace("for _ in range(self.units):", "raise ValueError('no')\n        if 0:"))
    project.pytest("--benchmark-only", "--swap-rounds=1")
    refused = swapbench(project, "accept")
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    assert "2 cells did not end well" in line
    assert not (project.store / "baseline.json").exists()
    partial = swapbench(project, "accept", "--partial", "--json")
    assert json.loads(partial.stdout)["new"] == 2


def test_accepting_again_says_what_changed_and_what_the_gate_would_lose(project: Project) -> None:
    accepted(project)
    project.measured("--swap-model=quick", "--swap-rounds=1", "--swap-slot=none")
    refused = swapbench(project, "accept")
    assert refused.returncode == 2
    for words in (
        "would make the gate hold less than the present baseline does",
        "2 cells dropped (mine: fit of steady-python on data, fold 0, ...)",
        "2 cells with 1 instead of 5 rounds (mine: fit of quick-python on data, fold 0, ...)",
        "2 cells with slot none instead of pinned",
        "--shrink",
    ):
        assert words in refused.stderr
    kept = json.loads(swapbench(project, "accept", "--keep", "--shrink", "--json").stdout)
    assert {name: kept[name] for name in ("new", "replaced", "kept", "dropped")} == {
        "new": 0,
        "replaced": 2,
        "kept": 2,
        "dropped": 0,
    }
    assert json.loads(swapbench(project, "accept", "--shrink", "--json").stdout)["dropped"] == 2


def _run(*records: Record) -> Run:
    return Run("now", (), {str(one.cell): one.cell for one in records}, records)


def _paper(one: Record) -> Record:
    return replace(one, cell=replace(one.cell, profile="paper"))


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        ([record(), record(fold=1)], None),
        ([record(), record(fold=1, samples=(sample(2.0), sample(2.0))), record(fold=2)], None),
        ([record()], r"1 cell dropped \(mine: fit of lin-sklearn on data, fold 1\)"),
        ([record(), record(fold=1, samples=())], r"1 cell with 0 instead of 1 rounds"),
        ([_paper(record()), record(fold=1)], r"1 cell in profile paper instead of quick"),
        ([record(), record(fold=1, environment={"threads": 1, "slot": "none"})], r"1 cell with slot none instead of"),
        ([record(), record(fold=1, environment={"threads": 2, "slot": "exclusive"})], r"1 cell with threads 2 instead"),
    ],
)
def test_a_baseline_is_not_replaced_by_one_that_holds_less(after: list[Record], lost: str | None) -> None:
    before = _run(record(), record(fold=1))
    if lost is None:
        shrinking.check(before, _run(*after))
    else:
        with pytest.raises(SwapError, match=rf"the present baseline does: {lost}"):
            shrinking.check(before, _run(*after))


# What was asked for


@pytest.mark.parametrize(
    ("arguments", "test", "wanted"),
    [
        (["."], "bench/test_a.py::test_fit[x]", True),
        (["bench"], "bench/test_gone.py::test_fit[x]", True),
        (["bench", "--ignore=bench/test_a.py"], "bench/test_a.py::test_fit[x]", False),
        (["bench", "--ignore-glob=*_a.py"], "bench/test_a.py::test_fit[x]", False),
        ([".", "--ignore=bench"], "bench/test_a.py::test_fit[x]", False),
        (["bench", "--ignore=bench/test_b.py"], "bench/test_a.py::test_fit[x]", True),
        (["bench/test_b.py"], "bench/test_a.py::test_fit[x]", False),
        (["bench/test_a.py::test_fit"], "bench/test_a.py::test_fit[x]", True),
        (["bench/test_a.py::test_fit"], "bench/test_a.py::test_fit2[x]", False),
        (["bench/test_a.py::test_fit[x]"], "bench/test_a.py::test_fit[x]", True),
        (["bench/test_a.py::test_fit[x]"], "bench/test_a.py::test_fit[xy]", False),
        (["bench", "-k", "fit"], "bench/test_a.py::test_fit[x]", False),
    ],
)
def test_a_test_was_asked_for_when_pytest_would_have_come_to_it(
    pytester: pytest.Pytester, arguments: list[str], test: str, wanted: bool
) -> None:
    for name in ("a", "b"):
        (pytester.mkdir("bench") if name == "a" else pytester.path / "bench").joinpath(f"test_{name}.py").touch()
    (pytester.path / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
    asked = Asked(pytester.parseconfig(*arguments), Selection())
    assert asked.wants(test, record().cell) is wanted


# What fails


def _failing(metric: str) -> Verdict:
    return Verdict("regressed", record().cell, (0, 1, 2), metric, f"{metric} is worse", fails=True)


def test_the_tally_counts_the_cells_that_fail_beside_the_verdicts_on_them() -> None:
    same = Verdict("equivalent", record().cell, (0, 1, 2), "accuracy", "the same")
    assert Gate("b", (same, _failing("fit_time"))).tally == "1 equivalent, 1 regressed (3 cells)"
    assert Gate("b", (_failing("fit_time"), _failing("peak_memory"))).tally == "2 regressed (3 cells)"


def test_a_cell_that_fails_for_two_metrics_is_one_failed_test_with_both_sentences(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = Run("r", (), {f"t.py::test_fit[{fold}]": record(fold=fold).cell for fold in range(3)}, ())
    keeper = object.__new__(Keeper)
    keeper._bench = cast(Bench, SimpleNamespace(run="r", journal=SimpleNamespace(run=lambda _: run)))
    keeper.baseline = run
    gate = Gate("b", (_failing("fit_time"), _failing("peak_memory")))
    monkeypatch.setattr(Keeper, "_wanted", lambda *_: set())
    monkeypatch.setattr(Keeper, "_confirmed", lambda *_: gate)
    reports = list(keeper.reports())
    assert [report.nodeid for report in reports] == [f"t.py::test_fit[{fold}]" for fold in range(3)]
    assert all("fit_time is worse" in str(r.longrepr) and "peak_memory is worse" in str(r.longrepr) for r in reports)


# Suspects


@pytest.mark.parametrize("kind", ["improved", "regressed"])
def test_what_looks_better_is_measured_again_like_what_looks_worse(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Verdict(kind, record().cell, (0,), "fit_time", "it seems so", suspect=True)
    again = replace(first, kind="equivalent", reason="in step they are the same", suspect=False)
    options = SimpleNamespace(baseline="b.json")
    keeper = object.__new__(Keeper)
    keeper._bench = cast(Bench, SimpleNamespace(options=options))
    monkeypatch.setattr(Keeper, "_measured_again", lambda _self, cells, _total: ([again], ["Measured."]))
    assert keeper._confirmed([first]).verdicts == (again,)

    def refuse(*_: object) -> None:
        raise SwapError("it is not known which commit that is")

    monkeypatch.setattr(Keeper, "_measured_again", refuse)
    (doubted,) = keeper._confirmed([first]).verdicts
    assert (doubted.kind, doubted.fails) == ("inconclusive", False)
    assert "it could not be measured again beside the baseline's code" in doubted.reason


# Two commits


def test_ab_tells_a_slower_a_larger_and_a_worse_commit_from_one_of_words(project: Project) -> None:
    commits = {
        "slower": ("quick:fit_time", SLOW),
        "larger": ("quick:peak_memory", MODELS.replace("return Model(units)", "return Model(units, held=8)", 1)),
        "worse": ("quick:accuracy", MODELS.replace("return Model(units)", "return Model(units, wrong=100)", 1)),
    }
    for title, (expected, source) in commits.items():
        project.write(quick=source)
        commit(project, title)
        done = swapbench(project, "ab", "HEAD~1", ".", "--json")
        told = json.loads(done.stdout)
        worse = {f"{v['cell']['model']}:{v['metric']}" for v in told["verdicts"] if v["kind"] == "regressed"}
        assert expected in worse  # touching more memory takes longer too
        assert not any(name.startswith("steady") for name in worse)
        assert done.returncode == 1
        project.write(quick=MODELS)
        commit(project, f"{title}, mended")
    (project.folder / "README.md").write_text("Better words.\n")
    commit(project, "words")
    done = swapbench(project, "ab", "HEAD~1", ".")
    assert done.returncode == 0
    assert "4 cells not measured, for nothing that determines them has changed." in unwrapped(done.stdout)


DRAWN = """
import numpy as np

class Drawn:
    def __init__(self, wrong, seed):
        self.wrong, self.seed = wrong, seed

    def fit(self, X, y):
        pass

    def predict(self, X):
        wrong = np.random.default_rng(self.seed).random(len(X)) < self.wrong
        return np.where(wrong, 1 - X[:, 0], X[:, 0]).astype(int)

def quick(seed):
    return Drawn(0.05, seed)
"""


def test_ab_trains_what_draws_at_random_under_several_seeds_to_judge_its_scores(project: Project) -> None:
    project.write(quick=DRAWN)
    commit(project, "a model that draws")
    project.write(quick=DRAWN.replace("0.05", "0.09"))
    done = swapbench(project, "ab", "HEAD", "--json", "--budget=60", ".", "--swap-model=quick")
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    (accuracy,) = (one for one in told["verdicts"] if one["metric"] == "accuracy")
    assert accuracy["kind"] == "regressed", accuracy
    assert "each trained under 5 seeds" in accuracy["reason"]
    assert (
        "Trained 16 times more, under up to 5 seeds a fold, for scores of models that draw at random." in told["notes"]
    )


def test_ab_names_every_cell_that_was_planned_on_either_side(project: Project) -> None:
    """What only one commit has, and what neither can run; with a selection that the other commit does not know."""
    absent = 'backends={"rare": Backend("rare", "no_such_module", install="pip install rare"), '
    both = SUITE.replace("backends={", absent)
    both = both.replace('"quick:quick"}', '"quick:quick", "rare": "quick:quick"}')
    project.write(test_mine=both)
    commit(project, "a backend that is not installed here")
    project.write(test_mine=both.replace('"steady": {', '"third": {'))
    done = swapbench(project, "ab", "HEAD", ".", "--swap-fold=0")
    assert done.returncode == 1
    assert "mine: fit of steady-python on data, fold 0: MISSING, HEAD" in unwrapped(done.stdout)
    assert "mine: fit of third-python on data, fold 0: new, HEAD" in unwrapped(done.stdout)
    assert (
        "mine: fit of quick-rare on data, fold 0: incomparable, neither side can run it: no_such_module"
        in unwrapped(done.stdout)
    )
    done = swapbench(project, "ab", "HEAD", ".", "--swap-fold=0", "--swap-model=quick")
    assert done.returncode == 0, done.stdout
    assert "quick-rare on data, fold 0: incomparable" in unwrapped(done.stdout)
    done = swapbench(project, "ab", "HEAD", ".", "--swap-model=third", "--json")
    assert {verdict["kind"] for verdict in json.loads(done.stdout)["verdicts"]} == {"new"}


def test_the_commit_that_brings_the_benchmarks_is_all_new(project: Project) -> None:
    (project.folder / "bench").mkdir()
    for name in ("first", "second"):
        source = SUITE.replace('"mine"', f'"{name}"').replace("folds=2", "folds=1")
        (project.folder / "bench" / f"test_{name}.py").write_text(source)
    done = swapbench(project, "ab", "HEAD", "--json")
    verdicts = json.loads(done.stdout)["verdicts"]
    assert [(verdict["cell"]["suite"], verdict["kind"]) for verdict in verdicts] == [
        (suite, "new") for suite in ("first", "first", "second", "second")
    ]
    commit(project, "benchmarks")
    again = (project.folder / "bench" / "test_second.py").read_text() + "\ntest_again = test_fit\n"
    (project.folder / "bench" / "test_second.py").write_text(again)
    for asked, kinds in (("test_second.py::test_fit", {"equivalent"}), ("test_second.py::test_again", {"new"})):
        done = swapbench(project, "ab", "HEAD", f"bench/{asked}", "--json")
        told = json.loads(done.stdout)["verdicts"]
        assert {(verdict["cell"]["suite"], verdict["kind"]) for verdict in told} == {("second", *kinds)}


def test_ab_measures_all_when_something_changed_that_models_may_read(project: Project) -> None:
    (project.folder / "vocabulary.txt").write_text("a")
    done = swapbench(project, "ab", "HEAD", ".", "--swap-model=quick", "--swap-fold=0")
    assert "Everything was measured, for models may read what has changed: vocabulary.txt." in unwrapped(done.stdout)


def test_ab_stops_when_the_budget_is_spent_and_says_what_it_never_came_to(project: Project) -> None:
    project.write(quick=SLOW)
    done = swapbench(project, "ab", "HEAD", ".", "--all", "--budget=0.01")
    assert done.returncode == 3
    assert "inconclusive, the budget was spent before it was measured" in unwrapped(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "There is no commit 'nowhere'"),
        (["HEAD", "no_such_file.py"], "no_such_file.py"),
        (["HEAD", ".", "--budget=-1"], "--budget -1: give a positive number of seconds"),
        (["HEAD", ".", "--report=x.pdf"], "--report x.pdf: write to a path that ends in"),
        (["HEAD", ".", "--swap-model=none"], "there is no model 'none'"),
    ],
)
def test_ab_refuses_bad_input_in_one_line(project: Project, arguments: list[str], words: str) -> None:
    done = swapbench(project, "ab", *arguments)
    assert done.returncode == 2
    assert words in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_ab_outside_a_repository_is_refused(tmp_path: Path) -> None:
    project = Project(tmp_path).write(quick=MODELS, steady=MODELS, data=DATA, test_mine=SUITE)
    done = swapbench(project, "ab", "HEAD", ".")
    assert done.returncode == 2
    assert "lies in no git repository" in done.stderr


def state(project: Project) -> tuple[dict[str, bytes], str, str]:
    """Return everything of the user's: files, what git says of them, its worktrees."""
    files = {
        str(path.relative_to(project.folder)): path.read_bytes()
        for path in project.folder.rglob("*")
        if path.is_file() and not {".git", "__pycache__", "locks"} & set(path.parts)
    }
    return files, git(project, "status", "--porcelain"), git(project, "worktree", "list")


@pytest.fixture
def running(project: Project) -> Iterator["subprocess.Popen[bytes]"]:
    """Yield a comparison that is under way, both sides planned and being measured."""
    project.write(quick=SLOW)
    process = subprocess.Popen(command("ab", "HEAD", "."), cwd=project.folder, env=project.environment)
    deadline = time.monotonic() + 60
    while git(project, "worktree", "list").count("\n") < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ab_that_is_interrupted_leaves_nothing_behind(
    project: Project, running: "subprocess.Popen[bytes]", number: int
) -> None:
    before = state(project)[0]
    running.send_signal(number)
    assert running.wait(30) == 130
    files, _, worktrees = state(project)
    assert files == before
    assert worktrees.count("\n") == 1
    assert project.left_over() == []


def test_ab_sweeps_up_after_one_that_was_killed(project: Project, running: "subprocess.Popen[bytes]") -> None:
    running.kill()
    running.wait()
    assert project.left_over() == []
    assert git(project, "worktree", "list").count("\n") == 2
    swapbench(project, "ab", "HEAD", ".", "--budget=0.01")
    assert git(project, "worktree", "list").count("\n") == 1


# The recipe for CI

RECIPE = Path(__file__).parent.parent / "docs" / "ci"


def recipe(project: Project, base: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run the shell recipe as the workflow's step does."""
    workflow = (RECIPE / "benchmarks.yml").read_text()
    assert "run: bash docs/ci/benchmarks.sh bench/\n" in workflow
    assert "SWAPBENCH_BASE: " in workflow
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", str(RECIPE / "benchmarks.sh"), "."],
        cwd=project.folder,
        env={**project.environment, "PATH": path, "SWAPBENCH_BASE": base, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_recipe_fails_for_a_worse_commit_and_leaves_its_reports(project: Project, tmp_path: Path) -> None:
    project.write(quick=SLOW)
    commit(project, "slower")
    done = recipe(project, "HEAD~1", GITHUB_STEP_SUMMARY=str(tmp_path / "summary"), SWAPBENCH_REPORT="locks/report")
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "summary").read_text().startswith("## swapbench: worse than allowed\n")
    assert {path.name for path in (tmp_path / "locks" / "report").iterdir()} == {
        "report.md",
        "report.html",
        "report.json",
    }
    assert git(project, "status", "--porcelain") == "?? summary\n"


def test_the_recipe_lets_doubt_pass_unless_told_otherwise(project: Project) -> None:
    project.write(quick=SLOW)
    variables = {"SWAPBENCH_BUDGET": "0.01", "SWAPBENCH_REPORT": "locks/report"}
    assert recipe(project, "HEAD", **variables).returncode == 0
    assert recipe(project, "HEAD", **variables, SWAPBENCH_DOUBT="1").returncode == 1
    assert recipe(project, "nowhere", **variables).returncode == 2


# Reports over runs


def test_shards_are_merged_and_the_history_of_runs_is_told(project: Project) -> None:
    for model in ("quick", "steady"):
        project.measured("--swap-rounds=1", f"--swap-model={model}", f"--swap-report={model}.json")
    done = swapbench(project, "merge", "quick.json", "steady.json", "-o", "both.json")
    assert done.returncode == 0, done.stderr
    assert "4 cells: 4 ok" in done.stdout
    again = swapbench(project, "merge", "quick.json", "both.json", "-o", "x.json")
    assert again.returncode == 2
    assert "shards must not overlap" in again.stderr
    project.measured("--swap-rounds=1")
    told = json.loads(swapbench(project, "report", "--json").stdout)
    with closing(Journal(project.store)) as journal:
        assert told["run"] == journal.last_run()
    points = {line["metric"]: len(line["points"]) for line in told["history"] if line["cell"]["model"] == "quick"}
    assert points["fit_time"] == 2
    commit_id = git(project, "rev-parse", "HEAD").strip()
    assert {point["commit"] for line in told["history"] for point in line["points"]} == {commit_id}


def test_companions_are_entries_of_their_own_and_only_when_asked_for(project: Project) -> None:
    project.measured("--swap-rounds=1", "--benchmark-json=plain.json")
    project.measured("--swap-rounds=1", "--benchmark-json=more.json", "--swap-companions")
    plain, more = (
        json.loads((project.folder / name).read_text())["benchmarks"] for name in ("plain.json", "more.json")
    )
    assert len(plain) == 4
    groups = {entry["group"] for entry in more}
    assert groups == {"mine fit data", "mine fit data accuracy", "mine fit data peak_memory_MiB"}
    stock = subprocess.run(
        [str(Path(sys.executable).parent / "pytest-benchmark"), "compare", "more.json", "--columns=median"],
        cwd=project.folder,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "benchmark 'mine fit data accuracy': 4 tests" in stock.stdout
