"""`swapbench ab`: two commits measured in turn, what it says of them, and what it leaves behind; the recipe for CI."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from commits import DATA, MODELS, SLOW, SUITE, command, commit, committed, git, swapbench
from helpers import Project, unwrapped


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project in a git repository, one commit old and clean."""
    return committed(tmp_path)


WORSE = {
    "slower": (SLOW, "fit_time"),
    "larger": (MODELS.replace("return Model(units)", "return Model(units, held=8)", 1), "peak_memory"),
    "worse": (MODELS.replace("return Model(units)", "return Model(units, wrong=100)", 1), "accuracy"),
}


@dataclass(frozen=True)
class Compared:
    """A project whose last commit made three of its four models worse, and what the recipe for CI did with it."""

    project: Project
    done: "subprocess.CompletedProcess[str]"
    summary: Path
    report: Path

    @property
    def worse(self) -> set[str]:
        """The models and metrics that got worse, as the report tells them."""
        told = json.loads((self.report / "report.json").read_text())["gate"]["verdicts"]
        return {f"{v['cell']['model']}:{v['metric']}" for v in told if v["kind"] == "regressed"}


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Compared:
    folder = tmp_path_factory.mktemp("compared")
    project = committed(folder)
    models = ", ".join(f'"{name}": {{"python": "{name}:quick"}}' for name in WORSE)
    project.write(**dict.fromkeys(WORSE, MODELS), test_mine=SUITE.replace('"quick": {"python": "quick:quick"}', models))
    commit(project, "more models")
    project.write(**{name: source for name, (source, _) in WORSE.items()})
    commit(project, "worse")
    variables = {"GITHUB_STEP_SUMMARY": str(folder / "summary"), "SWAPBENCH_REPORT": "locks/report"}
    done = recipe(project, "HEAD~1", **variables)
    return Compared(project, done, folder / "summary", folder / "locks" / "report")


def test_ab_tells_a_slower_a_larger_and_a_worse_model_from_one_that_stayed(compared: Compared) -> None:
    assert {f"{name}:{metric}" for name, (_, metric) in WORSE.items()} <= compared.worse
    assert {name.partition(":")[0] for name in compared.worse} <= WORSE.keys()
    # Touching more memory takes longer too.
    assert compared.worse <= {"slower:fit_time", "larger:peak_memory", "larger:fit_time", "worse:accuracy"}


def test_ab_measures_nothing_for_a_commit_of_words(project: Project) -> None:
    (project.folder / "README.md").write_text("Better words.\n")
    commit(project, "words")
    done = swapbench(project, "ab", "HEAD~1", ".")
    assert done.returncode == 0
    assert "4 cells not measured because nothing that determines them has changed." in unwrapped(done.stdout)
    report = project.folder / "locks" / "ab.md"
    assert swapbench(project, "ab", "HEAD~1", ".", f"--report={report}").returncode == 0
    assert "did not run" not in report.read_text()


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
    done = swapbench(project, "ab", "HEAD", ".", "--swap-model=quick", "--swap-fold=0", "--budget=1")
    assert "Everything was measured because models may read what has changed: vocabulary.txt." in unwrapped(done.stdout)


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
        (["-k", "quick", "HEAD", "."], "give REV first, and -k after it, as in `swapbench ab REV -k ...`."),
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


def test_ab_that_is_interrupted_in_a_pipe_has_told_what_was_decided(project: Project) -> None:
    project.write(quick=SLOW)
    asked = command("ab", "HEAD", ".", "--swap-fold=0")
    with subprocess.Popen(asked, cwd=project.folder, env=project.environment, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        decided = next(line.decode() for line in process.stderr if line.startswith(b"decided: "))
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    change = r"(, [\d.]+x( \([\d.]+x to [\d.]+x\))?)?"
    assert re.match(rf"decided: mine: \w+ of \w+-python on data, fold 0: \w+ \w+( \(within .+\))?{change}$", decided)


def test_ab_sweeps_up_after_one_that_was_killed(project: Project, running: "subprocess.Popen[bytes]") -> None:
    running.kill()
    running.wait()
    assert project.left_over() == []
    assert git(project, "worktree", "list").count("\n") == 2
    swapbench(project, "ab", "HEAD", ".", "--budget=0.01")
    assert git(project, "worktree", "list").count("\n") == 1


LONE = """
import numpy as np

def load():
    return np.zeros((8, 1)), np.arange(8) % 2

class Lone:
    def predict(self, X):
        return X
"""
LONE_SUITE = """
from swapbench import Phase, Suite

phase = Phase("predict", warmups=1, repeats=5)
suite = Suite("s", models={"lone": {"python": "lone:Lone"}}, dataset="lone:load", folds=1, phases=[phase])
(test_predict,) = suite.tests()
"""


def test_a_cell_that_fails_now_is_missing_whatever_the_other_side_had_measured_by_then(tmp_path: Path) -> None:
    project = Project(tmp_path).write(lone=LONE, test_lone=LONE_SUITE)
    (tmp_path / ".gitignore").write_text(".benchmarks/\n__pycache__/\nlocks/\n")
    git(project, "init", "--quiet")
    commit(project, "first")
    project.write(lone=LONE.replace("return X", "raise RuntimeError('broken now')"))
    done = swapbench(project, "ab", "HEAD", ".", "--budget=20", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, [one["kind"] for one in told["verdicts"]]) == (1, ["missing"])
    assert "the baseline has it, and now it is failed: RuntimeError: broken now" in told["verdicts"][0]["reason"]
    commit(project, "broken")
    project.write(lone=LONE)
    mended = json.loads(swapbench(project, "ab", "HEAD", ".", "--budget=20", "--json").stdout)
    assert [one["kind"] for one in mended["verdicts"]] == ["new"]
    assert "in the baseline it was failed: RuntimeError: broken now" in mended["verdicts"][0]["reason"]


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


def test_the_recipe_fails_for_a_worse_commit_and_leaves_its_reports(compared: Compared) -> None:
    assert compared.done.returncode == 1, compared.done.stderr
    assert compared.summary.read_text().startswith("## swapbench: worse than allowed\n")
    assert {path.name for path in compared.report.iterdir()} == {"report.md", "report.html", "report.json"}
    assert git(compared.project, "status", "--porcelain") == "?? summary\n"


def test_the_recipe_lets_doubt_pass_unless_told_otherwise(project: Project) -> None:
    project.write(quick=SLOW)
    variables = {"SWAPBENCH_BUDGET": "0.01", "SWAPBENCH_REPORT": "locks/report"}
    assert recipe(project, "HEAD", **variables).returncode == 0
    assert recipe(project, "HEAD", **variables, SWAPBENCH_DOUBT="1").returncode == 1
    assert recipe(project, "nowhere", **variables).returncode == 2
