"""`swapbench versus`: two rows of a suite measured in turn, what it says of them, and what it cannot compare."""

import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from commits import DATA, MODELS, command, swapbench
from helpers import Project, record, sample, unwrapped
from swapbench.base.error import SwapError
from swapbench.judge.gate import Gate
from swapbench.judge.judgement import judge
from swapbench.judge.verdict import Verdict
from swapbench.paired.rows import matched
from swapbench.plan.cell import Cell
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Rule, Tolerance
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show import verdicts

ROWS = (
    MODELS
    + """
def worse():
    return Model(60, wrong=200)
"""
)
# Of all models the plain one alone predicts on the clock.
SUITE = """
from swapbench import Suite
from swapbench.plan.backend import Backend
from swapbench.plan.metric import Metric

OTHERS = ("same", "worse", "spared")
suite = Suite(
    "mine",
    models={
        "plain": {"python": "quick:quick", "rare": "quick:quick"},
        "same": {"python": "quick:quick"},
        "worse": {"python": "quick:worse"},
        "spared": {"beads": "quick:quick"},
    },
    dataset="data:load",
    folds=2,
    split="data:halves",
    metrics=[Metric("accuracy", "data:accuracy", each="data:correct", bounds=(0.0, 1.0))],
    tolerances={"fit_time": "50%"},
    backends={
        "python": Backend("python", "numpy", ("numpy",), ("numpy",)),
        "beads": Backend("beads", "numpy", ("numpy",), ("numpy", "pytest"), environment=(("BEADS", "1"),)),
        "rare": Backend("rare", "no_such_module", install="pip install rare"),
    },
    exclude=[{"model": name, "phase": "predict"} for name in OTHERS],
    skip=[{"model": "spared", "fold": 1, "reason": "too slow"}],
)
test_fit, test_predict = suite.tests()
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that is in no repository: nothing but its working tree is looked at."""
    folder = tmp_path_factory.mktemp("rows")
    return Project(folder).write(quick=ROWS, data=DATA, test_mine=SUITE)


def told(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON of a comparison."""
    done = swapbench(project, "versus", *arguments, "--json")
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def by_metric(gate: dict[str, Any]) -> dict[str, Verdict]:
    return {one["metric"]: Verdict.from_dict(one) for one in gate["verdicts"]}


def test_one_model_under_two_names_is_equivalent_within_an_interval_that_is_told(project: Project) -> None:
    status, gate = told(project, "plain-python", "same-python", ".")
    found = by_metric(gate)
    assert (status, gate["baseline"]) == (0, "plain-python"), gate
    assert {name: one.kind for name, one in found.items()} == dict.fromkeys(
        ("fit_time", "peak_memory", "accuracy"), "equivalent"
    )
    assert {one.cell.row.name for one in found.values()} == {"same-python"}
    assert "Measured 32 rounds of 2 cells" in gate["notes"][0]
    assert gate["notes"][1] == "Not compared, for same-python has no such cells: predict on data of plain-python."
    time_ = found["fit_time"]
    assert time_.interval is not None
    assert 0.5 < time_.interval[0] <= time_.interval[1] < 1.5
    title, _, _, line, *_ = verdicts.of_row([time_], gate["baseline"])
    assert title == (
        "mine, profile quick, dataset data, folds 0, 1, phase fit: same-python (now) against plain-python (baseline)"
    )
    assert re.search(r"\d\.\d{3}x \(\d\.\d{3}x to \d\.\d{3}x\) +50% +equivalent$", line)


def test_a_slower_and_worse_model_fails_and_both_are_in_the_report(project: Project, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = swapbench(project, "versus", "plain-python", "worse-python", ".", f"--report={report}")
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^fit_time .+ \d\.\d{3}x +\(\d\.\d{3}x to \d\.\d{3}x\) +50% +REGRESSED$", done.stdout, re.M)
    assert "mine: fit of worse-python on data, folds 0, 1: accuracy REGRESSED, worse by more than" in unwrapped(
        done.stdout
    )
    assert "decided: mine: fit of worse-python on data, folds 0, 1: fit_time regressed, " in done.stderr
    content = json.loads(report.read_text())
    (table,) = content["comparisons"]
    assert (table["reference"], [row["model"] for row in table["rows"]]) == ("plain-python", ["plain", "worse"])


def test_rows_of_two_backends_are_compared_and_a_cell_that_one_cannot_run_is_no_pass(project: Project) -> None:
    """Each has fork servers of its own, and libraries that the other has not."""
    status, gate = told(project, "plain-python", "spared-beads", ".", "--budget=0.01")
    assert status == 3
    measured, lacking = ([one for one in gate["verdicts"] if one["cell"]["fold"] == fold] for fold in (0, 1))
    assert {one["metric"]: one["kind"] for one in measured}["accuracy"] == "equivalent"
    assert [(one["kind"], one["reason"]) for one in lacking] == [
        ("incomparable", "spared-beads cannot run it: it is skipped: too slow")
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["plain-python", "plain-rare", "."], "nothing is left to compare: plain-rare cannot run it: no_such_module"),
        (["plain-pyton", "same-python", "."], "there is no row 'plain-pyton' in mine; known are, the nearest first, p"),
        (["plain-python", "same-python", ".", "--seeds=0"], "--seeds 0: give a number from 1 on"),
        (
            ["-k", "fit", "plain-python", "same-python"],
            "give BEFORE NOW first, and -k after them, as in `swapbench versus",
        ),
        (["plain-python", "--swap-fold", "0", "same-python", "."], "give BEFORE NOW first, and --swap-fold after them"),
    ],
)
def test_bad_input_is_refused_in_one_line(project: Project, arguments: list[str], words: str) -> None:
    done = swapbench(project, "versus", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("swapbench versus: ")
    assert words in line


def test_an_interrupt_ends_it_and_all_that_it_started(project: Project) -> None:
    asked = command("versus", "plain-python", "worse-python", ".")
    with subprocess.Popen(asked, cwd=project.folder, env=project.environment, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not any(b"swapbench.run.server" in line for line in _commands(project)) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 130
    assert project.left_over() == []


def _commands(project: Project) -> list[bytes]:
    """Return the command lines of the processes that were started here."""
    return [path.read_bytes() for pid in project.processes() if (path := Path(f"/proc/{pid}/cmdline")).exists()]


# What is matched


MORE = {"mine": [("rnn", "torch")]}  # rows that have no cells in this profile


def plan(**suites: list[Cell]) -> dict[str, Any]:
    """Return the suites of a session as it plans them."""
    content = [
        {
            "name": name,
            "rows": [*dict.fromkeys((cell.model, cell.backend) for cell in cells), *MORE.get(name, ())],
            "cells": [cell.as_dict() for cell in cells],
        }
        for name, cells in suites.items()
    ]
    return {"suites": content, "absence": ""}


def cells(model: str, *phases: str, suite: str = "mine", folds: int = 1) -> list[Cell]:
    return [Cell(suite, model, "torch", "data", fold, phase, "quick") for phase in phases for fold in range(folds)]


def test_cells_are_matched_by_their_data_fold_and_phase_and_the_others_are_told() -> None:
    found = matched(
        plan(mine=[*cells("cnn", "fit", "predict", folds=2), *cells("mlp", "parse"), *cells("mlp", "fit", "predict")]),
        "cnn-torch",
        "mlp-torch",
    )
    assert [(str(one), str(other)) for one, other in found.partners.items()] == [
        ("mine: fit of mlp-torch on data, fold 0", "mine: fit of cnn-torch on data, fold 0"),
        ("mine: predict of mlp-torch on data, fold 0", "mine: predict of cnn-torch on data, fold 0"),
    ]
    assert list(found.notes()) == [
        "Not compared, for mlp-torch has no such cells: fit on data, fold 1; predict on data, fold 1 of cnn-torch.",
        "Not compared, for cnn-torch has no such cells: parse on data of mlp-torch.",
    ]
    assert found.selection == [
        "--swap-suite=mine",
        "--swap-model=cnn",
        "--swap-model=mlp",
        "--swap-backend=torch",
        "--swap-variant=",
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (("cnn-torch", "cnn-torch"), "cnn-torch is given twice; name two rows"),
        (("cnn", "mlp-torch"), "no row 'cnn' in mine, theirs; known are, the nearest first, cnn-torch, "),
        (("cnn-torch", "far-torch"), "have none in common: cnn-torch of mine and far-torch of theirs"),
        (("cnn-torch", "mlp-torch"), "nothing is left to compare in mine, profile quick: cnn-torch has fit on data "),
        (("cnn-torch", "rnn-torch"), "cnn-torch has fit on data and rnn-torch has no cell with these options."),
    ],
)
def test_what_cannot_be_compared_is_said_in_one_sentence(rows: tuple[str, str], words: str) -> None:
    mine = [*cells("cnn", "fit", folds=2), *cells("mlp", "parse")]
    with pytest.raises(SwapError, match=re.escape(words)):
        matched(plan(mine=mine, theirs=cells("far", "fit", suite="theirs")), *rows)


def test_where_nothing_was_collected_it_is_said_why() -> None:
    with pytest.raises(SwapError, match=r"no cell of a suite is among what was asked for \(not in profile quick: mine"):
        matched({"suites": [], "absence": "not in profile quick: mine (from standard on)"}, "cnn-torch", "mlp-torch")


# What is judged


OWN = {"device": "cuda:0", "start": "spawn", "batch_size": 8, "restored": True, "versions": {"tensorflow": "2"}}


def judged(before: Record, now: Record, *rules: Rule) -> dict[str, Verdict]:
    """Return the verdicts on a record of one row against that of another."""
    scores = (ScoreOutline("accuracy", "", "higher"), ScoreOutline("lines", "", "lower", (0.0, None), "model"))
    rows = (before.cell.row, now.cell.row)
    outline = Outline("mine", rows, ("data",), ("fit",), scores, rules, "")
    sides = (Run(str(one.cell), (outline,), {str(one.cell): one.cell}, (one,)) for one in (before, now))
    return {one.metric: one for one in judge(*sides, partner=lambda _: now.cell)}


def row(model: str, wall_s: float = 1.0, environment: dict[str, Any] | None = None, **values: Any) -> Record:
    made = tuple(sample(wall_s, together=str(number), server=str(number)) for number in range(32))
    known = {"threads": 1, "slot": "pinned", "versions": {"numpy": "2", "torch": "2"}, **(environment or {})}
    return record(model, samples=made, environment=known, **values)


def test_a_row_that_fails_is_missing_under_its_own_name() -> None:
    (found,) = judged(row("cnn"), row("mlp", status="failed", reason="it raised")).values()
    assert (found.kind, found.cell.model, found.fails) == ("missing", "mlp", True)


def test_what_a_row_brings_along_is_compared_and_all_else_must_be_the_same() -> None:
    kinds = {name: one.kind for name, one in judged(row("cnn"), row("mlp", 1.001, OWN)).items()}
    assert kinds == {"fit_time": "equivalent", "peak_memory": "equivalent"}
    (other,) = judged(row("cnn"), row("mlp", environment={**OWN, "threads": 2})).values()
    assert (other.kind, other.reason) == ("incomparable", "the threads differs: 1 before, 2 now")
    (same,) = judged(row("cnn"), row("cnn", environment=OWN)).values()
    assert (same.kind, same.reason) == ("incomparable", "the device differs: None before, cuda:0 now")


def test_either_row_may_lie_as_far_off_as_the_more_specific_or_wider_tolerance_says() -> None:
    ten, fifty = (Tolerance(relative=share) for share in (0.1, 0.5))
    for rules, kind in (((Rule("fit_time", ten),), "regressed"), ((Rule("fit_time", ten, "cnn"),), "regressed")):
        assert judged(row("cnn"), row("mlp", 1.2), *rules)["fit_time"].kind == kind
    for pair in ((row("cnn"), row("mlp", 1.2)), (row("mlp"), row("cnn", 1.2))):
        assert judged(*pair, Rule("fit_time", ten), Rule("fit_time", fifty, "cnn"))["fit_time"].kind == "equivalent"


@pytest.mark.parametrize(("rules", "status"), [((), 0), ((Rule("parameters", Tolerance(relative=0.1)),), 1)])
def test_counts_that_differ_by_nature_are_told_and_fail_only_beyond_a_declared_tolerance(
    rules: tuple[Rule, ...], status: int
) -> None:
    sides = row("cnn", parameters=100, scores={"lines": 3}), row("mlp", parameters=200, scores={"lines": 15})
    found = judged(*sides, *rules)
    assert (found["parameters"].kind, found["lines"].kind) == ("different", "different")
    assert found["lines"].reason == "3 -> 15"
    assert Gate("cnn-torch", tuple(found.values())).status == status


def test_a_count_that_one_row_does_not_give_is_not_nothing() -> None:
    found = judged(row("cnn", flops_per_example=9.0), row("mlp"))
    assert found["flops_per_example"].reason == "known on one side only: 9 before"
    assert Gate("cnn-torch", tuple(found.values())).status == 0


def test_a_score_of_the_model_itself_that_varies_from_fold_to_fold_is_no_count() -> None:
    trained = ({"seed": 1, "scores": {"lines": 4.0}, "examples": {}, "predictions_sha256": "b"},)
    found = judged(row("cnn", scores={"lines": 3.0}, trainings=trained), row("mlp", scores={"lines": 5.0}))
    assert found["lines"].kind == "inconclusive"
