"""Runs without suites: the plugin does nothing in them, says nothing, and is hardly there."""

import subprocess
import sys

import pytest

from helpers import environment
from sandbox import Sandbox

TESTS = """
import sys

def test_theirs(request):
    loaded = {name.partition(".")[2] for name in sys.modules if name.startswith("swapbench.")}
    heavy = {name for name in loaded if name.partition(".")[0] in ("record", "judge", "show", "paired", "commands")}
    assert heavy - {"record", "record.store"} == set()
    assert not {"psutil", "numpy", "rich", "sqlite3"} & {*sys.modules}
    ours = [name for name, _ in request.config.pluginmanager.list_name_plugin() if name.startswith("swapbench")]
    assert sorted(ours) == ["swapbench", "swapbench-collecting"]
"""


def test_nothing_is_said_loaded_or_left_behind(sandbox: Sandbox) -> None:
    (sandbox.folder / "fake.py").unlink()
    sandbox.write(test_theirs=TESTS)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "error"]
    own = sandbox.run(*options)
    assert own.status == 0, own.output
    without = sandbox.run(*options, "-p", "no:swapbench", "-k", "nothing")
    assert without.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "swapbench" not in own.out.replace("plugins: swapbench", "")
    assert not sandbox.store.exists()


CONFTEST = """
import sys

def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        ours = ("swapbench.judge", "swapbench.show", "swapbench.plan.suite")
        heavy = [name for name in sys.modules if name.startswith(ours)]
        assert heavy == []
        assert not {"psutil", "sqlite3"} & {*sys.modules}
"""


def test_two_workers_without_suites_say_nothing_either(sandbox: Sandbox) -> None:
    sandbox.write(test_theirs="def test_theirs(): pass\n", conftest=CONFTEST)
    run = sandbox.run("-n2", "-W", "error")
    assert run.outcomes == {"passed": 1}
    assert "swapbench" not in run.out.replace("plugins: swapbench", "")
    assert not sandbox.store.exists()


def test_importing_the_package_imports_nothing_of_it_until_it_is_asked_for() -> None:
    code = """
import sys, swapbench
assert [name for name in sys.modules if name.startswith("swapbench.")] == []
assert {*swapbench.__all__} <= {*dir(swapbench)}
assert all(getattr(swapbench, name) is not None for name in swapbench.__all__)
try:
    swapbench.Nothing
except AttributeError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    assert done.stdout == "module 'swapbench' has no attribute 'Nothing'\n"


@pytest.mark.parametrize(
    ("theirs", "conftest"),
    [
        ("swapbench/__init__.py", ""),
        ("swapbench/__init__.py", "import swapbench\n"),
        ("src/swapbench/__init__.py", "import sys\nsys.path.insert(0, 'src')\nimport swapbench\n"),
        ("swapbench.py", ""),
    ],
)
def test_a_project_with_a_package_of_our_name_runs_its_tests(sandbox: Sandbox, theirs: str, conftest: str) -> None:
    file = sandbox.folder / theirs
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("ANSWER = 42\n")
    sandbox.write(conftest=conftest, test_theirs="import swapbench\n\ndef test_it(): assert swapbench.ANSWER == 42\n")
    for workers in ([], ["-n2"]):
        run = sandbox.run(*workers, "-W", "error")
        assert run.outcomes == {"passed": 1}, run.output
        assert "swapbench: off, for this project has a package swapbench of its own" in run.out


def test_a_folder_of_our_name_that_is_no_package_hides_nothing(sandbox: Sandbox) -> None:
    (sandbox.folder / "swapbench").mkdir()
    (sandbox.folder / "swapbench" / "settings.txt").write_text("theirs")
    sandbox.suite("toy")
    run = sandbox.measure()
    assert run.outcomes == {"passed": 8}
    assert len(run.records) == 8


def test_what_asks_for_suites_where_there_are_none_is_told(sandbox: Sandbox, plugin_args: tuple[str, ...]) -> None:
    sandbox.write(test_theirs="def test_theirs(): pass\n")
    run = sandbox.run(*plugin_args, "--swap-suite", "nosuch", "--swap-report", "r.md")
    assert run.status == pytest.ExitCode.USAGE_ERROR, run.output
    assert "--swap-suite asks for suites, and none was found" in run.output
    assert not (sandbox.folder / "r.md").exists()


def test_options_in_a_projects_settings_ask_for_nothing_where_there_are_no_suites(sandbox: Sandbox) -> None:
    sandbox.write(test_theirs="def test_theirs(): pass\n")
    (sandbox.folder / "pytest.ini").write_text("[pytest]\naddopts = --swap-report r.md\n")
    assert sandbox.run().outcomes == {"passed": 1}
