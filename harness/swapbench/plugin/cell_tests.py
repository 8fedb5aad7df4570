"""The tests of cells while they run; registered once there are any."""

from collections.abc import Generator
from typing import Any, cast

import pytest

from swapbench.plugin import seam
from swapbench.plugin.roles import Front
from swapbench.plugin.stash import CELL
from swapbench.record.record import Record


class CellTests:
    """Sees to the tests of cells in the process that runs them."""

    def __init__(self, front: Front) -> None:
        self._front = front

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, request: pytest.FixtureRequest) -> Generator[None, object, object]:
        """Switch pytest-benchmark on for the tests of suites, also where xdist would switch it off."""
        if request.fixturename == "benchmark" and CELL in request.node.stash:
            with seam.session_of(request.config).enabled():
                return (yield)
        return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Record a cell that a mark or a fixture kept from being measured, and hand on what one that was brought."""
        if CELL not in item.stash:
            return (yield)
        if call.when == "call":
            item.user_properties += _properties(item)
        report = yield
        if call.when == "call":
            self._front.carry(item, report)
            if report.skipped and hasattr(report, "wasxfail"):
                self._front.runner.expected(item.stash[CELL], report.wasxfail.removeprefix("reason: "))
        if call.when == "setup" and report.outcome != "passed" and not seam.session_of(item.config).skip:
            status = "skipped" if report.skipped else "failed"
            self._front.runner.record(Record(item.stash[CELL], "", status, _reason(report)))
        return report


def _properties(item: pytest.Item) -> list[tuple[str, object]]:
    """Return what JUnit files say of a measured cell."""
    benchmark = cast(Any, item).funcargs.get("benchmark")
    info = benchmark.extra_info if benchmark is not None else {}
    kept = {name: info[name] for name in ("status", "peak_memory_bytes", "cpu_time_s", "parameters") if info.get(name)}
    return list({**kept, **info.get("metrics", {})}.items())


def _reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    words = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).strip().splitlines()[-1]
    return words.removeprefix("Skipped: ")
