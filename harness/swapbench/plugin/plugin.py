"""The plugin: turns suites into tests, measures them, and shows what came of it.

It declares options, and gives each process its roles: a plain run collects and controls in one process, under
pytest-xdist the workers collect and the controller shows, reading what it needs from the journal. In a run without
suites nothing of this does anything.
"""

from copy import copy

import pytest

from swapbench.base.error import SwapError
from swapbench.plan import table
from swapbench.plugin import options, seam, tolerances
from swapbench.plugin.collecting import Collecting, Front
from swapbench.plugin.controller import Controller
from swapbench.plugin.gate_check import GateCheck
from swapbench.plugin.resuming import start
from swapbench.plugin.runner import Runner, VirtualClock
from swapbench.plugin.worker import Worker
from swapbench.run import environment

_RUNNER = pytest.StashKey[Runner]()


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Settle what the arguments mean; which files they name must be known before the conftest files beside them."""
    try:
        args[:0] = table.arguments(early_config.rootpath, args)
    except SwapError as error:
        raise pytest.UsageError(str(error)) from error
    options.settle_arguments(args)
    settled = parser.parse_known_args(args, copy(early_config.option))
    if settled.swap_otherwise and not settled.file_or_dir:
        args.append(settled.swap_otherwise)
        settled = parser.parse_known_args(args, copy(early_config.option))
    early_config.known_args_namespace.file_or_dir = settled.file_or_dir


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    seam.install()
    config.addinivalue_line("markers", tolerances.HELP)
    try:
        front = _worker(config) if hasattr(config, "workerinput") else _controller(config)
    except SwapError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_RUNNER] = front.runner
    config.pluginmanager.register(front, "swapbench-front")
    config.pluginmanager.register(Collecting(config, front.runner, front), "swapbench-collecting")


def _worker(config: pytest.Config) -> Front:
    """Give this process the role of a worker, in the run that its controller has begun."""
    given = config.workerinput  # type: ignore[attr-defined]  # pytest-xdist's
    chosen = options.read(config, int(given["workerid"][2:]), given["workercount"])
    environment.begin(given["swapbench_environment"])
    return Worker(config, Runner(chosen, config.rootpath, VirtualClock(), given["swapbench_run"]))


def _controller(config: pytest.Config) -> Front:
    """Let this process show the run, whichever processes measure it."""
    chosen = options.read(config, 0, max(1, len(getattr(config.option, "tx", None) or ())))
    runner = Runner(chosen, config.rootpath, VirtualClock())
    begun = start(chosen, runner.found_journal)
    runner.run = begun.run
    return Controller(config, runner, begun, GateCheck(runner, config) if chosen.gate else None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _RUNNER in config.stash:
        config.stash[_RUNNER].close()
    seam.uninstall()


@pytest.fixture(scope="session")
def swapbench(request: pytest.FixtureRequest) -> Runner:
    """Measures the cells of suites; used by the tests that `Suite.tests()` returns."""
    return request.config.stash[_RUNNER]
