"""The gate: what a run against a baseline lets pass, and what it measures again; and what becomes a baseline."""

import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from commits import MODELS, SLOW, SUITE, committed, git, swapbench
from helpers import Project, record, sample, unwrapped
from swapbench.base.error import SwapError
from swapbench.commands import shrinking
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Kind, Verdict
from swapbench.plan.matrix import Selection
from swapbench.plugin.asked import Asked
from swapbench.plugin.gate_check import GateCheck
from swapbench.plugin.runner import Runner
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.run import Run


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a project in a git repository, one commit old and clean."""
    return committed(tmp_path)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a project whose one run, of five rounds, was accepted."""
    made = committed(tmp_path_factory.mktemp("measured"))
    made.measured("--swap-rounds=5")
    done = swapbench(made, "accept")
    assert done.returncode == 0, done.stderr
    return made.folder


@pytest.fixture
def accepted(measured: Path, tmp_path: Path) -> Project:
    """Return a project with a baseline, to be changed at will."""
    shutil.copytree(measured, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


def tamper(project: Project, model: str, change: Any) -> None:
    """Change the records of a model in a project's baseline."""
    baseline = project.store / "baseline.json"
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


def test_a_false_alarm_is_measured_away_and_a_true_one_is_shown(accepted: Project, spread: tuple[str, ...]) -> None:
    """In the baseline `steady` looks faster than it is, or slower, as on another day; `quick` got slower since."""
    tamper(accepted, "steady", halve_times if spread else double_times)
    accepted.write(quick=SLOW)
    done = accepted.pytest("--benchmark-only", "--swap-gate", "--swap-report=r.md", "--junitxml=j.xml", "-v", *spread)
    assert done.returncode == 1, done.stdout
    assert set(re.findall(r"(\S+) REGRESSED", done.stdout)) >= {
        f"test_mine.py::test_fit[quick-python-data-fold{fold}]" for fold in (0, 1)
    }
    assert "2 regressed" in done.stdout.splitlines()[-1]
    assert "quick-python on data, folds 0, 1: fit_time REGRESSED, worse by more than 20%" in unwrapped(done.stdout)
    assert not re.search(r"steady-python.*(REGRESSED|improved|inconclusive)", done.stdout)
    assert re.search(
        r"4 suspect cells were to be measured again, in turn with the baseline's commit: measured \d+ rounds of 2 c",
        unwrapped(done.stdout),
    )
    assert (accepted.folder / "r.md").read_text().startswith("## swapbench: worse than allowed\n")
    assert (accepted.folder / "j.xml").read_text().count("<failure") == 2
    assert git(accepted, "worktree", "list").count("\n") == 1


def test_a_suspect_that_cannot_be_measured_again_is_inconclusive_and_says_why(accepted: Project) -> None:
    tamper(accepted, "steady", halve_times)
    for model in ("quick", "steady"):
        tamper(accepted, model, lambda record: record.update(source={}))
    done = accepted.pytest("--benchmark-only", "--swap-gate")
    assert done.returncode == 0, done.stdout
    assert "measured again beside the baseline's code: it is not known which commit that is" in unwrapped(done.stdout)
    strict = accepted.pytest("--benchmark-only", "--swap-gate", "--swap-strict", "--swap-model=steady")
    assert strict.returncode == 1


def gated(project: Project, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run against the baseline with a round a cell, which is too few for times to matter."""
    return project.pytest("--benchmark-only", "--swap-gate", "--swap-rounds=1", *arguments)


def test_a_vanished_cell_fails_and_a_cell_that_was_not_asked_for_does_not(accepted: Project) -> None:
    asked = gated(accepted, "--swap-model=quick")
    assert "missing" not in asked.stdout
    accepted.write(test_mine=SUITE.replace('"steady": {"python": "steady:steady"}', ""))
    done = gated(accepted)
    assert done.returncode == 1
    assert "2 missing" in done.stdout.splitlines()[-1]
    assert "mine: fit of steady-python on data, fold 0: MISSING, the baseline has it" in unwrapped(done.stdout)


def test_a_new_cell_passes_and_is_named(accepted: Project) -> None:
    accepted.write(test_mine=SUITE.replace("models={", 'models={"third": {"python": "steady:steady"}, '))
    done = gated(accepted)
    assert done.returncode == 0, done.stdout
    assert "mine: fit of third-python on data, fold 0: new, the baseline does not have it." in unwrapped(done.stdout)


def test_a_cell_that_fails_now_fails_the_run_and_is_missing(accepted: Project) -> None:
    accepted.write(quick=MODELS.replace("for _ in range(self.units):", "raise ValueError('no')\n        if 0:"))
    done = gated(accepted)
    assert done.returncode == 1
    assert "fold 0: MISSING, the baseline has it, and now it is failed: ValueError: no." in unwrapped(done.stdout)


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        pytest.param(("--swap-threads=2",), "threads differs: 1 before, 2 now", marks=pytest.mark.both_cores),
        ((), "machine host"),
    ],
)
def test_other_conditions_are_incomparable(accepted: Project, arguments: tuple[str, ...], key: str) -> None:
    if not arguments:
        for model in ("quick", "steady"):
            tamper(accepted, model, lambda record: record["environment"]["machine"].update(host="elsewhere"))
    done = gated(accepted, *arguments)
    assert done.returncode == 0, done.stdout
    assert "incomparable" in unwrapped(done.stdout)
    assert key in unwrapped(done.stdout)
    assert (
        last_of_the_gate(done)
        == "the gate passes, and with --swap-strict fails: not all could be judged (2 incomparable)."
    )
    strict = gated(accepted, "--swap-strict", *arguments)
    assert strict.returncode == 1
    assert last_of_the_gate(strict) == "the gate fails: not all could be judged (2 incomparable)."


def last_of_the_gate(done: "subprocess.CompletedProcess[str]") -> str:
    """Return the last line of all but pytest's own, where it is the gate's."""
    return next(line for line in reversed(done.stdout.splitlines()) if line.startswith("the gate "))


def test_worse_scores_fail_without_being_measured_again(accepted: Project) -> None:
    accepted.write(quick=MODELS.replace("return Model(units)", "return Model(units, wrong=60)", 1))
    done = gated(accepted)
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


def test_accepting_again_says_what_changed_and_what_the_gate_would_lose(accepted: Project) -> None:
    accepted.measured("--swap-model=quick", "--swap-rounds=1", "--swap-slot=none")
    refused = swapbench(accepted, "accept")
    assert refused.returncode == 2
    for words in (
        "would make the gate hold less than the present baseline does",
        "2 cells dropped (mine: fit of steady-python on data, fold 0, ...)",
        "2 cells with 1 instead of 5 rounds (mine: fit of quick-python on data, fold 0, ...)",
        "2 cells with slot none instead of pinned",
        "--shrink",
    ):
        assert words in refused.stderr
    kept = json.loads(swapbench(accepted, "accept", "--keep", "--shrink", "--json").stdout)
    assert {name: kept[name] for name in ("new", "replaced", "kept", "dropped")} == {
        "new": 0,
        "replaced": 2,
        "kept": 2,
        "dropped": 0,
    }
    assert json.loads(swapbench(accepted, "accept", "--shrink", "--json").stdout)["dropped"] == 2


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
    check = object.__new__(GateCheck)
    check._runner = cast(Runner, SimpleNamespace(run="r", journal=SimpleNamespace(run=lambda _: run)))
    check.baseline = run
    gate = Gate("b", (_failing("fit_time"), _failing("peak_memory")))
    monkeypatch.setattr(GateCheck, "_wanted", lambda *_: set())
    monkeypatch.setattr(GateCheck, "_confirmed", lambda *_: gate)
    reports = list(check.reports())
    assert [report.nodeid for report in reports] == [f"t.py::test_fit[{fold}]" for fold in range(3)]
    assert all("fit_time is worse" in str(r.longrepr) and "peak_memory is worse" in str(r.longrepr) for r in reports)


# Suspects


@pytest.mark.parametrize("kind", ["improved", "regressed"])
def test_what_looks_better_is_measured_again_like_what_looks_worse(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Verdict(kind, record().cell, (0,), "fit_time", "it seems so", suspect=True)
    again = replace(first, kind="equivalent", reason="in step they are the same", suspect=False)
    options = SimpleNamespace(baseline="b.json")
    check = object.__new__(GateCheck)
    check._runner = cast(Runner, SimpleNamespace(choices=options))
    monkeypatch.setattr(GateCheck, "_measured_again", lambda _self, cells, _total: ([again], ["Measured."]))
    assert check._confirmed([first]).verdicts == (again,)

    def refuse(*_: object) -> None:
        raise SwapError("it is not known which commit that is")

    monkeypatch.setattr(GateCheck, "_measured_again", refuse)
    (doubted,) = check._confirmed([first]).verdicts
    assert (doubted.kind, doubted.fails) == ("inconclusive", False)
    assert "it could not be measured again beside the baseline's code" in doubted.reason


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
