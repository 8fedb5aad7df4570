"""The command line `swapbench`: its output, and one line for what goes wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from swapbench.commands.selfcheck.finding import Finding

_SUITE = """
from swapbench import Suite

suite = Suite("own", models={"tree": {"sklearn": "sklearn.tree:DecisionTreeClassifier"}}, dataset="data:load", folds=2)
test_fit, test_predict = suite.tests()

late = Suite("late", models={"tree": {"sklearn": "sklearn.tree:DecisionTreeClassifier"}}, dataset="data:load",
    since="standard", phases=["fit"])
(test_late,) = late.tests()
"""


def swapbench(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "swapbench.commands.main", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "test_own.py").write_text(_SUITE)
    return tmp_path


def test_a_reader_who_has_gone_is_no_error(project: Path) -> None:
    command = [sys.executable, "-m", "swapbench.commands.main", "list"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as listing:
        assert listing.stdout is not None
        assert listing.stderr is not None
        listing.stdout.close()
        assert listing.stderr.read() == b""
    assert listing.returncode == 141


def test_list_names_every_suite_with_its_cells(project: Path) -> None:
    shown = swapbench(project, "list")
    assert shown.returncode == 0
    assert shown.stdout.splitlines() == [
        "own: 4 cells on data; 2 folds; phases fit, predict",
        "  tree  sklearn",
        "",
        "not in profile quick: late (from standard on)",
    ]


def test_list_leaves_out_rows_that_the_profile_does_not_have(project: Path) -> None:
    slow = _SUITE.replace("folds=2", 'folds=2, exclude=[{"model": "deep", "profile": "quick"}]')
    (project / "bench" / "test_own.py").write_text(
        slow.replace("models={", "models={'deep': {'sklearn': 'sklearn.dummy:DummyClassifier'}, ", 1)
    )
    assert "deep" not in swapbench(project, "list").stdout
    assert "  deep  sklearn" in swapbench(project, "list", "--profile", "paper").stdout.splitlines()


def test_list_as_json_has_the_cells_and_the_names_of_their_tests(project: Path) -> None:
    shown = swapbench(project, "list", "--json", "--profile", "paper")
    suite, late = json.loads(shown.stdout)["suites"]
    assert len(late["cells"]) == 10
    assert suite["rows"] == [["tree", "sklearn"]]
    assert [cell["test"] for cell in suite["cells"]] == [
        f"bench/test_own.py::test_{phase}[tree-sklearn-data-fold{fold}]"
        for phase in ("fit", "predict")
        for fold in (0, 1)
    ]
    assert {cell["profile"] for cell in suite["cells"]} == {"paper"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "nowhere"], "nowhere"),
        (["list", "--profile", "huge"], "there is no profile 'huge'; known are paper, quick, standard"),
    ],
)
def test_bad_input_is_one_line_and_status_2(project: Path, arguments: list[str], told: str) -> None:
    shown = swapbench(project, *arguments)
    assert shown.returncode == 2
    assert shown.stdout == ""
    (line,) = shown.stderr.splitlines()
    assert told in line


def test_a_suite_that_cannot_be_declared_is_told_in_its_own_words(project: Path) -> None:
    (project / "bench" / "test_own.py").write_text(_SUITE.replace("data:load", "data.load"))
    shown = swapbench(project, "list")
    assert shown.returncode == 2
    (line,) = shown.stderr.splitlines()
    assert "dataset data: 'data.load' is no target; write 'package.module:name'" in line


def test_an_import_that_fails_is_told_with_its_cause(project: Path) -> None:
    (project / "bench" / "test_own.py").write_text("import numpyy\n" + _SUITE)
    shown = swapbench(project, "list")
    assert shown.returncode == 2
    (line,) = shown.stderr.splitlines()
    assert "test_own.py" in line
    assert "ModuleNotFoundError: No module named 'numpyy'" in line


def test_a_finding_outside_its_limit_is_not_fine() -> None:
    assert Finding("cost", 0.1, "s", 0.1).fine
    assert not Finding("cost", 0.11, "s", 0.1).fine
    assert not Finding("pace", 1.5, "", 1.6, side="least").fine
    assert "OUTSIDE" in Finding("pace", 1.5, "", 1.6, side="least").line()
    assert Finding("torch", None, "s", 0.1, "not installed").line().endswith("skipped: not installed")
