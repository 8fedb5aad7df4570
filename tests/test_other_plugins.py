"""What other plugins may do to the tests of cells, done here by a conftest.py: what comes of it is right, or refused.

The plugins themselves are installed by test_beside_plugins.py.
"""

import json

from helpers import unwrapped
from sandbox import Sandbox

ENDED = """
import signal
import pytest

def _end(signum, frame):
    pytest.fail("Timeout (>1s) from a plugin")

@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    slow = "slow" in item.name and "test_fit" in item.name
    before = signal.signal(signal.SIGALRM, _end)
    signal.setitimer(signal.ITIMER_REAL, 3.0 if slow else 0.0)
    try:
        return (yield)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
"""
SLOW = """
import time
from fake import Sign

class Slow(Sign):
    def fit(self, X, y):
        time.sleep(60)
"""


def test_a_cell_whose_test_is_ended_is_recorded_and_the_next_is_measured(sandbox: Sandbox) -> None:
    sandbox.write(conftest=ENDED, slow=SLOW)
    sandbox.suite(
        "toy", models={"slow": {"python": "slow:Slow"}, "sign": {"python": "fake:Sign"}}, folds=1, phases=["fit"]
    )
    run = sandbox.measure()
    assert run.outcomes == {"failed": 1, "passed": 1}
    assert {record.cell.model: (record.status, record.reason) for record in run.records} == {
        "slow": ("timeout", "its test was ended: Timeout (>1s) from a plugin"),
        "sign": ("ok", ""),
    }
    assert "Traceback" not in run.output


def test_a_cell_that_would_be_measured_twice_is_refused(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.write(
        conftest="""
import pytest

@pytest.fixture
def time_and_again(request): return request.param

@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc):
    metafunc.fixturenames.append("time_and_again")
    metafunc.parametrize("time_and_again", [1, 2], indirect=True)
"""
    )
    sandbox.suite("toy", folds=1)
    run = sandbox.measure(*spread)
    assert run.status != 0
    assert not run.records
    told = unwrapped(run.output)
    assert (
        "toy: fit of major-python on data, fold 0 has two tests, test_toy.py::test_fit[major-python-data-fold0-1]"
        in told
    )
    assert "a cell is measured once in a run" in told


def test_tests_without_sockets_are_measured(sandbox: Sandbox) -> None:
    sandbox.write(
        conftest="""
import socket

class Guarded(socket.socket):
    def __new__(cls, *args, **kwargs): raise RuntimeError("a test tried to use a socket")

def pytest_runtest_setup(): socket.socket = Guarded
"""
    )
    sandbox.suite("toy", folds=1)
    assert sandbox.measure().outcomes == {"passed": 4}


def test_what_starts_a_tracer_in_every_process_starts_none_in_a_timed_one(sandbox: Sandbox) -> None:
    sandbox.write(
        conftest="import os\nos.environ.update(COVERAGE_PROCESS_CONFIG='c', COV_CORE_SOURCE='s', THEIRS='1')\n",
        untraced="""
import os
from fake import Sign

class Untraced(Sign):
    def fit(self, X, y):
        assert [name for name in os.environ if name.startswith("COV")] == [] and os.environ["THEIRS"] == "1"
""",
    )
    sandbox.suite("toy", models={"untraced": {"python": "untraced:Untraced"}}, folds=1)
    assert sandbox.measure().outcomes == {"passed": 2}


def test_all_that_the_plugin_adds_has_its_name(sandbox: Sandbox) -> None:
    sandbox.write(
        test_names="""
import json
from pathlib import Path

def test_names(pytestconfig):
    parser = pytestconfig._parser
    options = [option for group in [*parser._groups, parser._anonymous] for option in group.options]
    names = {
        "options": sorted({name for option in options for name in option.names()}),
        "settings": sorted(parser._inidict),
        "markers": sorted(line.partition(":")[0].partition("(")[0] for line in pytestconfig.getini("markers")),
    }
    Path("names.json").write_text(json.dumps(names))
"""
    )
    names: list[dict[str, set[str]]] = []
    for plugin in ((), ("-p", "no:swapbench")):
        assert sandbox.run(*plugin).outcomes == {"passed": 1}
        told = json.loads((sandbox.folder / "names.json").read_text())
        names.append({kind: set(values) for kind, values in told.items()})
    ours, others = names
    added = ours["options"] - others["options"]
    assert "--swap-suite" in added
    assert all(name.startswith("--swap-") or name == "--no-swap-strict" for name in added - {"--no-swap-companions"})
    assert ours["settings"] == others["settings"]
    assert ours["markers"] - others["markers"] == {"swap_tolerance"}
