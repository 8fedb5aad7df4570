"""The seam to pytest-benchmark: everything that relies on how version 5.3 of it is made.

pytest-benchmark switches itself off under pytest-xdist. For the tests of a suite that is not needed: their times are
made in children that hold a lease. So workers measure those tests (all others stay switched off, as pytest-benchmark
wants it), their statistics travel with the test reports, and the controller finishes the session with them as if it
had measured itself.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_benchmark.plugin
from pytest_benchmark.session import BenchmarkSession
from pytest_benchmark.stats import Metadata
from pytest_benchmark.utils import safe_dumps

from swapbench.base.error import SwapError

_ONLY_DISABLED = (  # pytest-benchmark's own words
    "Can't have both --benchmark-only and --benchmark-disable options. Note that --benchmark-disable is automatically "
    "activated if xdist is on, or if `statistics` is not available."
)

_COLUMNS = ["median", "iqr", "rounds"]


class FannedSession(BenchmarkSession):
    """A benchmark session that can be spread over the workers of pytest-xdist."""

    _places: Mapping[str, int] = {}  # of tests by their names, where they are run in another order

    def __init__(self, config: pytest.Config) -> None:
        self.fanned = hasattr(config, "workerinput") or getattr(config.option, "dist", "no") != "no"
        off = config.option.benchmark_disable and not config.option.benchmark_enable
        with _only_allowed(config, allow=self.fanned and not off):
            super().__init__(config)
        self.switched_off = off
        if self.fanned and config.option.benchmark_only and not off:
            self.only, self.skip = True, False
        if hasattr(config, "workerinput"):  # the controller saves and compares, once
            self.save = self.autosave = self.json = None
            self.compare, self.compare_fail = [], []

    def note_xdist_benchmark(self) -> None:
        """Collected benchmarks are warned about in `check`: those of suites do run."""

    def check(self, others: list[pytest.Item], *, suites: bool) -> None:
        """Let pytest-benchmark say that it is off for benchmarks that are not a suite's, as it does without us.

        Raises SwapError when only benchmarks are wanted, all are off, and no suite is there to run.
        """
        if self.only and self.disabled and not suites:
            raise SwapError(_ONLY_DISABLED)
        if any("benchmark" in getattr(item, "fixturenames", ()) for item in others):
            super().note_xdist_benchmark()

    @contextmanager
    def enabled(self) -> Iterator[None]:
        """Let benchmark fixtures that are made inside measure, unless the user switched benchmarks off."""
        before, self.disabled = self.disabled, self.switched_off
        try:
            yield
        finally:
            self.disabled = before

    def note_order(self, items: list[pytest.Item]) -> None:
        """Note in which order tests were collected, before they are run in another one."""
        self._places = {item.nodeid: place for place, item in enumerate(items)}

    def receive(self, carried: str) -> None:
        """Take the statistics of a test that a worker has run."""
        values = json.loads(carried)
        stats = values.pop("stats")
        fixture = SimpleNamespace(**values, cprofile_stats=None, has_error=False)
        metadata = Metadata(fixture, iterations=stats["iterations"], options=values["options"])
        metadata.stats.data = stats["data"]  # not by update(), which would divide by the iterations again
        metadata.position = values["position"]  # type: ignore[attr-defined]  # a note of ours, for finish()
        self.benchmarks.append(metadata)

    def finish(self) -> None:
        """Save, compare and group; with workers only here on the controller, in the order of collection.

        The tables come narrow where nothing but cells of suites was measured, unless the user chose their columns.
        """
        if not hasattr(self.config, "workerinput"):
            self.benchmarks.sort(key=self._place)
            if self.config.getoption("benchmark_columns") is None and all(map(_of_a_suite, self.benchmarks)):
                # Of a few rounds in fresh processes the other columns say little, and they are too wide for a terminal.
                self.columns = _COLUMNS
            super().finish()

    def _place(self, metadata: Any) -> int:
        """Return the place of a test in the order of collection, as its worker or this process has noted it."""
        return int(getattr(metadata, "position", self._places.get(getattr(metadata, "fullname", ""), 0)))


def install() -> None:
    """Make pytest-benchmark use our session; its own configure hook runs last, so before it."""
    vars(pytest_benchmark.plugin)["BenchmarkSession"] = FannedSession


def uninstall() -> None:
    vars(pytest_benchmark.plugin)["BenchmarkSession"] = BenchmarkSession


def session_of(config: pytest.Config) -> Any:
    """Return the benchmark session, or None when pytest-benchmark is not loaded."""
    return getattr(config, "_benchmarksession", None)


def require(config: pytest.Config) -> None:
    """Raise SwapError when pytest-benchmark is not loaded."""
    if session_of(config) is None:
        raise SwapError("suites are measured with pytest-benchmark, which is switched off; leave -p no:benchmark out.")


def check_others(config: pytest.Config, others: list[pytest.Item], *, suites: bool) -> None:
    """In a worker, see to the tests that are no cells: pytest-benchmark is off for them; see FannedSession.check."""
    session = session_of(config)
    if session is not None and hasattr(config, "workerinput"):
        session.check(others, suites=suites)


def plain_id(item: pytest.Item) -> str:
    """Return the id a test has without xdist: `--dist loadgroup` appends the name of its group with some pytests."""
    return f"{item.parent.nodeid}::{item.name}" if item.parent is not None else item.nodeid


def carry(item: pytest.Item, position: int) -> str | None:
    """Return the statistics of a test that has run in a worker as text, for its report; None when it has none."""
    fixture = getattr(item, "funcargs", {}).get("benchmark")
    if fixture is None or not fixture.stats or fixture.has_error:
        return None
    return str(safe_dumps({**fixture.stats.as_dict(), "fullname": plain_id(item), "position": position}))


def _of_a_suite(metadata: Any) -> bool:
    return "cell" in getattr(metadata, "extra_info", {})  # what others put into a session need not have any


@contextmanager
def _only_allowed(config: pytest.Config, *, allow: bool) -> Iterator[None]:
    """Hide --benchmark-only from a constructor that refuses it under xdist."""
    if not allow:
        yield
        return
    before, config.option.benchmark_only = config.option.benchmark_only, False
    try:
        yield
    finally:
        config.option.benchmark_only = before
