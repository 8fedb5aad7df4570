"""Interrupts: a run that is asked to end does so, says so in a sentence, and keeps what was measured."""

from pathlib import Path

import pytest

from durable import Store, durable
from helpers import Project

# A signal, as the hook of a name is called; of the tests of cells only for that of m1.
ASKED = """
import os, signal
import pytest

if "PYTEST_XDIST_WORKER" not in os.environ:  # a shell has what runs in its background ignore it
    signal.signal(signal.SIGINT, signal.default_int_handler)

@pytest.hookimpl(tryfirst=True)
def {hook}({argument}):
    if {argument!r} != "item" or "m1" in item.name:
        os.kill(os.getpid(), signal.{signum})
"""
GOES_ON = "the same command with --swap-resume goes on from here."
AT_ONCE = "swapbench: ended at once; what was measured is kept, and the same command with --swap-resume goes on."


def _asked(folder: Path, hooks: dict[str, str], *arguments: str) -> tuple[int, str, Project]:
    """Return how a run of three cells ended that was sent signals in some hooks, and what it said."""
    arguments_of = {"pytest_runtest_teardown": "item"}
    conftest = "".join(
        ASKED.format(hook=hook, argument=arguments_of.get(hook, "config"), signum=signum)
        for hook, signum in hooks.items()
    )
    project = durable(folder, count=3).write(conftest=conftest)
    done = project.pytest("--benchmark-only", "--swap-rounds=1", *arguments)
    assert "Traceback" not in done.stdout + done.stderr
    assert project.left_over() == []
    return done.returncode, done.stdout + done.stderr, project


@pytest.mark.parametrize("signum", ["SIGINT", "SIGTERM"])
def test_a_run_that_is_asked_to_end_says_how_to_go_on(tmp_path: Path, signum: str) -> None:
    status, output, project = _asked(tmp_path, {"pytest_runtest_teardown": signum})
    assert status == pytest.ExitCode.INTERRUPTED
    assert f"1 cell not measured yet: {GOES_ON}" in output
    assert sorted(Store(project).bodies()) == ["m0", "m1"]


def test_the_second_time_it_ends_at_once(tmp_path: Path) -> None:
    hooks = {"pytest_runtest_teardown": "SIGINT", "pytest_terminal_summary": "SIGTERM"}
    status, output, project = _asked(tmp_path, hooks)
    assert status == pytest.ExitCode.INTERRUPTED
    assert output.count(AT_ONCE) == 1
    assert sorted(Store(project).bodies()) == ["m0", "m1"]


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.both_cores)])
def test_while_results_are_shown_it_ends_at_once_and_all_is_kept(tmp_path: Path, workers: str) -> None:
    status, output, project = _asked(tmp_path, {"pytest_terminal_summary": "SIGINT"}, "-n", workers)
    assert status == pytest.ExitCode.INTERRUPTED
    assert output.count(AT_ONCE) == 1
    assert sorted(Store(project).bodies()) == ["m0", "m1", "m2"]


IGNORED = "\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"


def test_what_a_run_was_started_to_ignore_it_ignores(tmp_path: Path) -> None:
    """As in the background of a shell, or under nohup."""
    asked = ASKED.format(hook="pytest_runtest_teardown", argument="item", signum="SIGINT")
    project = durable(tmp_path, count=3).write(conftest=asked + IGNORED)
    project.measured("--swap-rounds=1")


def test_runs_without_suites_keep_the_answers_of_python(tmp_path: Path) -> None:
    test = "import signal\n\ndef test_theirs():\n    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL\n"
    done = Project(tmp_path).write(test_theirs=test).pytest()
    assert done.returncode == 0, done.stdout
