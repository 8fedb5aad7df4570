"""The controller: the process that shows what came of a run, whichever processes measured it."""

from collections.abc import Generator, Mapping
from typing import Any

import pytest

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.plugin import seam
from swapbench.plugin.companions import companions
from swapbench.plugin.gate_check import GateCheck
from swapbench.plugin.interrupts import Interrupts
from swapbench.plugin.live import LIVE, LiveLine
from swapbench.plugin.resuming import Start
from swapbench.plugin.runner import Runner
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show import files, text
from swapbench.show.ink import coloured, plain
from swapbench.show.paragraph import harmless
from swapbench.show.summary import Summary, summarize


class Controller:
    """Judges, sums up and shows a run; under pytest-xdist it hears of workers, and else is alone.

    `absence` says which suites the profile leaves out, and `refusal` why nothing was measured.
    """

    def __init__(self, config: pytest.Config, runner: Runner, start: Start, check: GateCheck | None) -> None:
        self._config, self.runner, self._start, self._check = config, runner, start, check
        self._interrupts = Interrupts(config)
        self._summary: Summary | None = None
        self._seals: frozenset[str] = frozenset()
        self._unwritten: list[str] = []
        self.absence = self.refusal = self._raised = ""

    def begin(self) -> None:
        """Show a line of what is measured, where there is a terminal, and end when asked to."""
        self._interrupts.listen()
        if not self._config.pluginmanager.has_plugin(LIVE):
            self._config.pluginmanager.register(LiveLine(self._config), LIVE)

    def refuse(self, items: list[pytest.Item], sentence: str) -> None:
        self._raised = sentence
        raise pytest.UsageError(sentence)

    def leave_out(self, absence: str) -> None:
        self.absence = absence

    def arrange(self, items: list[pytest.Item]) -> None:
        """What is left of a resumed run comes first: whoever goes on waits for that, and not for what was there."""
        measured = self.runner.measured()
        if measured:
            seam.session_of(self._config).note_order(items)
            items.sort(key=lambda item: seam.plain_id(item) in measured)

    def carry(self, item: pytest.Item, report: pytest.TestReport) -> None:
        """They are in this process already."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        """Record the cell whose worker was killed."""
        planned = self.runner.planned()
        cell = planned.get(crashitem) or planned.get(crashitem.rpartition("@")[0])  # loadgroup appends @group
        if cell is not None:
            record = Record(cell, "", "crashed", "the worker that measured it was killed")
            self.runner.journal.write_crash(self.runner.run, record)
            report.longrepr = record.sentence()

    def hear(self, told: Mapping[str, str]) -> None:
        self.refusal = told.get("swapbench_refusal", self.refusal)
        self.absence = told.get("swapbench_absence", self.absence)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the statistics that a worker has sent."""
        carried = getattr(report, "swapbench_stats", None)
        if carried is not None:
            seam.session_of(self._config).receive(carried)
            report.swapbench_stats = None  # type: ignore[attr-defined]  # pytest keeps every report to the end

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_update_json(self, output_json: dict[str, Any]) -> None:
        if self.runner.choices.companions:
            output_json["benchmarks"] += companions(output_json["benchmarks"])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Judge the run when all is measured; regressed cells are reported as tests of their own."""
        try:
            result = yield
            if self._check is not None and self.runner.planned():
                for report in self._check.reports():
                    session.config.hook.pytest_runtest_logreport(report=report)
            return result
        finally:
            self._interrupts.measuring = False

    def pytest_keyboard_interrupt(self) -> None:
        """Be ready for another one, also where the first came before there were cells."""
        self._interrupts.listen()
        self._interrupts.measuring = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        word = getattr(report, "swapbench_verdict", None)
        return word and (word, word[0].upper(), (word.upper(), {"red": True}))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Sum the run up, write its reports, and fail it for what no single test could fail for."""
        if self.refusal:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
            return
        try:
            self._sum_up(session)
        except SwapError as error:  # the journal cannot be read, and where that was why nothing began, it has been told
            self._unwritten += [str(error)] if str(error) != self._raised else []
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def _sum_up(self, session: pytest.Session) -> None:
        if not self.runner.planned():
            return
        check, run = self._check, self.runner.journal.run(self.runner.run)
        self._seals = self.runner.journal.seals(self.runner.run) if self._start.resumed else frozenset()
        self._summary = summarize(run) if check is None else summarize(run, check.gate, check.baseline)
        for path in self.runner.choices.reports:
            try:
                files.write(self._summary, path)
            except SwapError as error:
                self._unwritten.append(str(error))
        held = check is not None and (check.gate is None or check.gate.status in check.forbidden)
        if session.exitstatus == pytest.ExitCode.OK and (self._unwritten or held or not self._summary.fine):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(wrapper=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> Generator[None, None, None]:
        """Show the summary after pytest-benchmark's tables, also when a comparison of its own ends them with an
        error."""
        try:
            return (yield)
        finally:
            if self.refusal:
                terminalreporter.write_line(harmless(f"ERROR: {self.refusal}"), red=True)
            if self._summary is not None:
                terminalreporter.section("swapbench")
                ink = coloured if terminalreporter.hasmarkup else plain
                shown = text.lines(self._summary, terminalreporter._tw.fullwidth, ink)
                for line in (*shown, *self._about(self._summary.run)):
                    terminalreporter.write_line(line)
            if self.absence:
                terminalreporter.write_line(harmless(self.absence))
            for line in self._unwritten:
                terminalreporter.write_line(harmless(f"ERROR: {line}"), red=True)

    def _about(self, run: Run) -> Generator[str, None, None]:
        """Say what of the run was there before this session, how the rest of it comes to be measured, and what the
        gate could not judge."""
        if self._start.resumed:
            yield self._start.summary(self._seals, len(run.records))
        if run.missing:
            yield (
                f"{units.counted(len(run.missing), 'cell')} not measured yet: the same command with --swap-resume goes "
                "on from here."
            )
        gate = self._check.gate if self._check is not None else None
        if gate is not None and gate.unjudged:
            does = "fails" if self.runner.choices.strict else "passes, and with --swap-strict fails"
            yield f"the gate {does}: not all could be judged ({gate.unjudged})."
