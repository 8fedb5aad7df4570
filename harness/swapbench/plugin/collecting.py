"""Collecting: from test functions of suites to tests of cells, checked and prepared before any is measured."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, cast

import pytest

from swapbench.base import session
from swapbench.base.error import SwapError
from swapbench.plan.cell import PARAMETERS, Cell
from swapbench.plan.function import declared
from swapbench.plugin import others, seam
from swapbench.plugin.stash import CELL, POSITION

if TYPE_CHECKING:
    from swapbench.plan.suite import Suite
    from swapbench.plugin.planning import Planned
    from swapbench.plugin.roles import Front


class Collecting:
    """Collects the suites of one process. Whatever sees to their cells is imported with the first of them."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._suites: dict[str, Suite] = {}
        self._undeclared: list[str] = []
        self._front: Front | None = None
        self._new_run = session.new_run()
        given = getattr(config, "workerinput", {"swapbench_asked": _asked(config)})
        self.asked: str = given["swapbench_asked"]

    @property
    def run(self) -> str:
        """The run that this process has begun or goes on with."""
        return self._front.runner.run if self._front is not None else self._new_run

    def roles(self) -> "Front":
        """Return the role of this process, which it is given when it is first asked for; raises SwapError where that
        cannot be."""
        if self._front is None:
            from swapbench.plugin.roles import front

            self._front = front(self._config, self._new_run)
        return self._front

    def close(self) -> None:
        if self._front is not None:
            self._front.runner.close()

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Multiply a suite's test out into one test a cell."""
        found = declared(metafunc.function)
        if found is None:
            return
        suite, phase = found
        if not self._suites:
            self._begin()
        if self._suites.setdefault(suite.name, suite) is not suite:
            raise SwapError(f"suite {suite.name!r} is declared twice; give each suite a name of its own.")
        cells = self.roles().runner.choices.selection.cells(suite, phase.name)
        metafunc.parametrize(PARAMETERS, [_parameters(suite, cell) for cell in cells])

    def _begin(self) -> None:
        """Get ready for cells."""
        from swapbench.plugin.cell_tests import CellTests
        from swapbench.plugin.waiting import Announcer

        front = self.roles()
        announcer = Announcer(self._config)
        self._config.add_cleanup(announcer.close)
        front.runner.tell, front.runner.show = announcer, announcer.show
        self._config.pluginmanager.register(CellTests(front), "swapbench-cells")
        front.begin()

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Tell a suite that cannot be declared in its own sentence, without the trace through our code."""
        report = yield
        call = getattr(report, "call", None)
        if call is not None and call.excinfo is not None and isinstance(call.excinfo.value, SwapError):
            report.longrepr = f"{collector.nodeid}: {call.excinfo.value}"
            self._undeclared.append(report.longrepr)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, session: pytest.Session, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """Keep the selected cells, and give each of their tests its clock and its group.

        Where this very command asks for suites and there are none, the run would pass without a word, and is refused.
        """
        if not self._suites:
            if self.asked and not session.testsfailed:  # a file that could not be collected is told by pytest
                found = "none was found; name the files or the folder that declare them."
                self.roles().refuse(items, f"{self.asked} asks for suites, and {found}")
            return
        front, suites = self.roles(), self._suites.values()
        selection, clock = front.runner.choices.selection, front.runner.clock
        try:
            seam.require(config)
            selection.check(suites)
        except SwapError as error:
            front.refuse(items, str(error))
            return
        front.leave_out(selection.absence(suites))
        taking_part = {suite.name for suite in suites if selection.takes_part(suite)}
        marks = {
            (suite.name, phase, dataset): pytest.mark.benchmark(timer=clock, group=f"{suite.name} {phase} {dataset}")
            for suite in suites
            for phase in suite.phases
            for dataset in suite.datasets
        }
        kept, dropped = [], []
        for item in items:
            cell = _cell(item, selection.profile)
            if cell is None:
                kept.append(item)
            elif cell.suite in taking_part and selection.wants(cell):
                item.stash[CELL] = cell
                item.add_marker(marks[cell.suite, cell.phase, cell.dataset])
                others.spare(config, item)
                kept.append(item)
            else:
                dropped.append(item)
        if dropped:
            config.hook.pytest_deselected(items=dropped)
            items[:] = kept

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Check and prepare all that the collected cells need, before any of them is measured."""
        if self._undeclared:
            self.roles().refuse(session.items, self._undeclared[0])
            return
        try:
            if not self._config.option.collectonly:
                no_cells = [item for item in session.items if CELL not in item.stash]
                seam.check_others(self._config, no_cells, suites=bool(self._suites))
            if self._front is not None:
                self._finish(session, self._front)
        except SwapError as error:
            self.roles().refuse(session.items, str(error))

    def _finish(self, session: pytest.Session, front: "Front") -> None:
        from swapbench.plugin.planning import Plan

        choices = front.runner.choices
        plan = Plan(front.runner, self._config, _planned(session))
        if choices.plan is not None:
            plan.write(choices.plan, choices.selection.absence(self._suites.values()))
        if choices.jobs is not None:
            plan.write_jobs(choices.jobs)
        benchmarks = seam.session_of(self._config)
        wanted = not self._config.option.collectonly and benchmarks is not None and not benchmarks.skip
        if plan.cells and wanted:
            plan.enter()
            front.arrange(session.items)


def _asked(config: pytest.Config) -> str:
    """Return the first of our options that this very command gives: a project's settings hold for runs of any tests."""
    ours = (str(argument) for argument in config.invocation_params.args if str(argument).startswith("--swap-"))
    return next(ours, "").partition("=")[0]


def _planned(session: pytest.Session) -> "list[Planned]":
    from swapbench.plugin.planning import Planned

    found = []
    for position, item in enumerate(session.items):
        made_of = declared(getattr(item, "function", None))
        if CELL in item.stash and made_of is not None:
            item.stash[POSITION] = position
            found.append(Planned(seam.plain_id(item), item.stash[CELL], *made_of, item))
    return found


def _parameters(suite: "Suite", cell: Cell) -> Any:
    """Return a cell as the parameters of a test, with its marks."""
    skips = [pytest.mark.skip(reason=where.reason) for where in suite.skip if where.covers(cell)]
    fails = [pytest.mark.xfail(reason=where.reason) for where in suite.xfail if where.covers(cell)]
    return pytest.param(*cell.parameters, id=cell.id, marks=[*skips[:1], *fails[:1]])


def _cell(item: pytest.Item, profile: str) -> Cell | None:
    made_of = declared(getattr(item, "function", None))
    if made_of is None:
        return None
    parameters = {name: cast(Any, item).callspec.params[name] for name in PARAMETERS}
    if not isinstance(parameters["model"], str):  # pytest's own stand-in, for a phase that has no cells
        return None
    return Cell(suite=made_of.suite.name, phase=made_of.phase.name, profile=profile, **parameters)
