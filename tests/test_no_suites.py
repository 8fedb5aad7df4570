"""Runs without suites: the plugin does nothing in them, says nothing, and is hardly there."""

import re
import subprocess
import sys

import pytest

from helpers import environment
from sandbox import Sandbox

PYTESTER = ("runpytest-", "stdout", "stderr", "tmp")  # what its own running of pytest leaves
TESTS = """
import os
import sys

def test_theirs(request):
    loaded = {name.partition(".")[2] for name in sys.modules if name.startswith("swapbench.")}
    heavy = {name for name in loaded if name.partition(".")[0] in ("record", "judge", "show", "paired", "commands")}
    assert heavy - {"record", "record.store"} == set()
    assert not {"psutil", "rich", "sqlite3"} & {*sys.modules}
    assert not {"numpy", "scipy", "sklearn", "pandas", "torch", "tensorflow"} & {*sys.modules}
    assert [name for name in os.environ if name.startswith("SWAPBENCH_") and name != "SWAPBENCH_LOCKS"] == []
    ours = [name for name, _ in request.config.pluginmanager.list_name_plugin() if name.startswith("swapbench")]
    assert sorted(ours) == ["swapbench", "swapbench-collecting"]
"""


def test_nothing_is_said_loaded_or_left_behind(sandbox: Sandbox) -> None:
    (sandbox.folder / "fake.py").unlink()
    sandbox.write(test_theirs=TESTS)
    options = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-W", "error"]
    files = {*sandbox.folder.iterdir()}
    own = sandbox.run(*options)
    assert own.status == 0, own.output
    left = {path.name for path in {*sandbox.folder.iterdir()} - files if not path.name.startswith(PYTESTER)}
    assert left <= {"__pycache__", ".benchmarks"}
    assert [*(sandbox.folder / ".benchmarks").iterdir()] == []  # pytest-benchmark's, which makes it in any run
    without = sandbox.run(*options, "-p", "no:swapbench")
    assert without.status == pytest.ExitCode.TESTS_FAILED  # for what it says of our plugins
    assert "swapbench" not in re.sub(r"swapbench-[\d.]+", "", own.out)


def test_the_same_is_said_of_tests_with_and_without_it(sandbox: Sandbox) -> None:
    sandbox.write(
        test_theirs="import pytest\n\n@pytest.mark.xfail\ndef test_b(): assert 0\n\ndef test_a(): assert [1] == [2]\n"
    )
    told = []
    for plugin in ((), ("-p", "no:swapbench")):
        run = sandbox.run("-v", "-p", "no:cacheprovider", *plugin)
        assert run.status == pytest.ExitCode.TESTS_FAILED
        told.append(re.sub(r"(?<=, )swapbench-[\d.]+, |swapbench-[\d.]+, |\d+\.\d+s.*", "", run.out).splitlines())
    assert told[0] == told[1]


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
