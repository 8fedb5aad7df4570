"""macOS and Windows: nothing is measured there, which is said in one sentence; what was measured can be read.

Neither is there to be tried: tests/other_system takes away from Python what it lacks on them.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import environment
from sandbox import Sandbox

SYSTEMS = {"darwin": "macOS", "win32": "Windows"}
_FOLDER = Path(__file__).parent / "other_system"


@pytest.fixture(params=SYSTEMS)
def system(request: pytest.FixtureRequest) -> str:
    given: str = request.param
    return given


def _run(sandbox: Sandbox, system: str, module: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    paths = os.pathsep.join([str(_FOLDER), *sys.path[1:]])
    variables = environment(SWAPBENCH_TEST_SYSTEM=system, PYTHONPATH=paths)
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=sandbox.folder,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _swapbench(sandbox: Sandbox, system: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return _run(sandbox, system, "swapbench.commands.main", *arguments)


def _refusal(system: str) -> str:
    return f"swapbench measures on Linux only, and this is {SYSTEMS[system]}: it reads /proc and forks."


def test_the_system_is_what_is_said(sandbox: Sandbox, system: str) -> None:
    code = "import sys, os; print(sys.platform, hasattr(os, 'sched_getaffinity'))"
    sandbox.write(told=code)
    assert _run(sandbox, system, "told").stdout == f"{system} False\n"


def test_cells_are_refused_in_one_sentence(sandbox: Sandbox, system: str) -> None:
    sandbox.suite("toy")
    for options in ([], ["--swap-engine=ray"]):
        done = _run(sandbox, system, "pytest", "--benchmark-only", *options)
        assert done.returncode == pytest.ExitCode.USAGE_ERROR
        assert f"ERROR: {_refusal(system)}" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr


def test_other_tests_run(sandbox: Sandbox, system: str) -> None:
    sandbox.write(test_theirs="def test_theirs(): pass\n")
    assert "1 passed" in _run(sandbox, system, "pytest", "-W", "error").stdout
    sandbox.suite("toy")
    assert "9 tests collected" in _run(sandbox, system, "pytest", "--collect-only").stdout


@pytest.mark.parametrize("command", [["ab", "HEAD"], ["versus", "major", "sign"], ["selfcheck"]])
def test_commands_that_measure_are_refused_in_one_sentence(sandbox: Sandbox, system: str, command: list[str]) -> None:
    done = _swapbench(sandbox, system, *command)
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert done.stderr.startswith(f"swapbench {command[0]}: {_refusal(system)}")


def test_what_was_measured_on_linux_is_read_compared_and_reported(sandbox: Sandbox, system: str) -> None:
    sandbox.suite("toy")
    assert sandbox.measure().outcomes == {"passed": 8}
    baseline = str(sandbox.store / "baseline.json")
    for command, told in (
        (["list", "."], "toy: 8 cells"),
        (["runs"], "8 cells: 8 ok"),
        (["show", "sign", "predict", "fold0"], "accuracy"),
        (["report"], "8 cells: 8 ok"),
        (["report", "-o", "r.html"], "r.html"),
        (["report", "-o", "r.md"], "r.md"),
        (["accept"], "8 new"),
        (["merge", "-o", "merged.json", baseline], "8 cells: 8 ok"),
        (["compare", baseline, "merged.json"], "equivalent"),
        (["recover"], "it is whole; there is nothing to recover"),
        (["gc", "--dry-run"], "0 runs"),
        (["forget", "--help"], "usage"),
    ):
        done = _swapbench(sandbox, system, *command)
        assert done.returncode == 0, done.stderr
        assert told in done.stdout + done.stderr, command
    page = (sandbox.folder / "r.html").read_text(encoding="utf-8")
    assert "toy" in page
