"""Roles: what faces whoever shows the run is the controller itself, or a worker, which tells its controller."""

import sys
from collections.abc import Mapping
from typing import Protocol

import pytest

from swapbench.base.error import SwapError
from swapbench.plugin.choices import read
from swapbench.plugin.controller import Controller
from swapbench.plugin.gate_check import GateCheck
from swapbench.plugin.resuming import start
from swapbench.plugin.runner import Runner, VirtualClock
from swapbench.plugin.worker import Worker


class Front(Protocol):
    """The side of a process that faces whoever shows the run."""

    runner: Runner

    def begin(self) -> None:
        """There are suites: get ready for their cells."""

    def refuse(self, items: list[pytest.Item], sentence: str) -> None:
        """End the run before it begins, for the reason given."""

    def leave_out(self, absence: str) -> None:
        """Take note of the suites that have no cells in this profile."""

    def hear(self, told: Mapping[str, str]) -> None:
        """Take in what a worker that has ended had to say."""

    def arrange(self, items: list[pytest.Item]) -> None:
        """Put the tests, which are ready to be run, into the order in which this process will run them."""

    def carry(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """Bring the statistics of a cell that has been measured to whoever shows them."""


def front(config: pytest.Config, run: str) -> Front:
    """Give a process its role, in a new run of that name if none is to be gone on with; raises SwapError for what is
    asked for and cannot be."""
    if str(config.rootpath) not in sys.path:
        sys.path.append(str(config.rootpath))  # what lies beside bench/ is found without being installed
    made = _worker(config) if hasattr(config, "workerinput") else _controller(config, run)
    config.pluginmanager.register(made, "swapbench-front")
    return made


def _worker(config: pytest.Config) -> Front:
    """Make this process a worker, in the run that its controller has begun."""
    given = config.workerinput  # type: ignore[attr-defined]  # pytest-xdist's
    chosen = read(config, int(given["workerid"][2:]), given["workercount"])
    return Worker(config, Runner(chosen, config.rootpath, VirtualClock(), given["swapbench_run"]))


def _controller(config: pytest.Config, run: str) -> Front:
    """Let this process show the run, whichever processes measure it."""
    chosen = read(config, 0, max(1, len(getattr(config.option, "tx", None) or ())))
    runner = Runner(chosen, config.rootpath, VirtualClock())
    if runner.ahead and getattr(config.option, "dist", "no") != "no":
        raise SwapError(
            f"--swap-engine {chosen.engine}: it executes several cells at once without pytest-xdist, each of whose "
            "workers would have an engine of its own; leave -n out, or add -n0."
        )
    begun = start(chosen, runner.found_journal, run)
    runner.run = begun.run
    return Controller(config, runner, begun, GateCheck(runner, config) if chosen.gate else None)
