"""The live line on a terminal, kept out of pytest's own output and out of every log file."""

import os
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import pytest

from swapbench.show.live import Live

LIVE = "swapbench-live"  # its name among pytest's plugins


class LiveLine:
    """Draws the live line below what pytest writes: wiped before, drawn again after.

    It appears on an interactive terminal only, once a test of a suite has begun.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._live: Live | None = None
        self._total = 0

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._total = len(session.items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._total = len(ids)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logstart(self, nodeid: str) -> Generator[None, Any, Any]:
        self._wipe()
        result = yield
        if self._live is None and self._terminal() is not None:
            self._live = Live(self._total, time.monotonic())
        if self._live is not None:
            self._live.begin(_short(nodeid))
        self._draw()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> Generator[None, Any, Any]:
        self._wipe()
        result = yield
        if self._live is not None and report.when == "teardown":
            self._live.end(_short(report.nodeid))
        self._draw()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self) -> Generator[None, Any, Any]:
        self._wipe()
        self._live = None
        return (yield)

    def say(self, sentence: str) -> bool:
        """Show a sentence until the next cell begins or ends; False where no line is shown."""
        if self._live is None:
            return False
        self._live.waiting = sentence
        self._draw()
        return True

    def show(self, nodes: Mapping[str, Sequence[str]]) -> None:
        """Show what each machine measures, where a line is shown."""
        if self._live is not None:
            self._live.nodes = nodes
            self._draw()

    def _terminal(self) -> Any:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        shown = reporter is not None and reporter.isatty and not os.environ.get("CI")
        return reporter if shown and os.environ.get("TERM", "dumb") != "dumb" else None

    def _draw(self) -> None:
        reporter = self._terminal()
        if self._live is not None and reporter is not None:
            line = self._live.line(time.monotonic(), reporter._tw.fullwidth - 1)
            self._below(reporter, line)

    def _wipe(self) -> None:
        reporter = self._terminal()
        if self._live is not None and reporter is not None:
            self._below(reporter, "")

    @staticmethod
    def _below(reporter: Any, line: str) -> None:
        """Write on the line below the cursor and come back to where it was (ECMA-48 control sequences)."""
        column = reporter._tw.width_of_current_line
        right = f"\x1b[{column}C" if column else ""
        reporter._tw._file.write(f"\n\x1b[2K{line}\x1b[1A\r{right}")
        reporter._tw._file.flush()


def _short(nodeid: str) -> str:
    return nodeid.rpartition("::")[2].removeprefix("test_")
