"""The plugin: turns suites into tests, measures them, and shows what came of it.

Roles: a plain run plans, measures and shows in one process. Under pytest-xdist the workers plan and measure, and the
controller shows, reading what it needs from the journal.
"""

import uuid
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

from harness.plan.cell import Cell, cell_id
from harness.plan.error import SwapError
from harness.plan.suite import Phase, Suite
from harness.plugin import options, seam, tolerances
from harness.plugin.bench import Bench, VirtualClock
from harness.plugin.companions import companions
from harness.plugin.keeper import Keeper
from harness.plugin.live import LiveLine
from harness.plugin.planning import Plan, Planned
from harness.record.record import Record
from harness.show import files, text
from harness.show.ink import coloured, plain
from harness.show.summary import Summary, summarize

_BENCH = pytest.StashKey[Bench]()
_SUITES = pytest.StashKey[dict[str, Suite]]()
_CELL = pytest.StashKey[Cell]()
_POSITION = pytest.StashKey[int]()
_SUMMARY = pytest.StashKey[Summary]()
_UNWRITTEN = pytest.StashKey[list[str]]()
_UNDECLARED = pytest.StashKey[list[str]]()
_KEEPER = pytest.StashKey[Keeper]()
_ABSENCE = pytest.StashKey[str]()
_REFUSAL = pytest.StashKey[str]()
_FIELDS = ("model", "backend", "dataset", "fold")


def pytest_addoption(parser: pytest.Parser) -> None:
    options.add(parser)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    seam.install()
    worker = getattr(config, "workerinput", None)
    number, count = (int(worker["workerid"][2:]), worker["workercount"]) if worker else (0, _worker_count(config))
    try:
        chosen = options.read(config, number, count)
        bench = Bench(chosen, config.rootpath, "", VirtualClock())
        bench.run = worker["swapbench_run"] if worker else _run_id(bench)
        if chosen.gate and worker is None:
            config.stash[_KEEPER] = Keeper(bench, config)
    except SwapError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_BENCH] = bench
    config.stash[_SUITES] = {}
    config.addinivalue_line("markers", tolerances.HELP)
    if worker is None:
        config.pluginmanager.register(LiveLine(config), "swapbench-live")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _BENCH in config.stash:
        config.stash[_BENCH].close()
    seam.uninstall()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["swapbench_run"] = node.config.stash[_BENCH].run


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> object | None:
    """Hand cells out one at a time, unless the user chose how."""
    if config.option.dist != "load":
        return None
    from harness.plugin.scheduling import LoadScheduling  # here, for only a controller needs it

    bench = config.stash[_BENCH]
    return LoadScheduling(config, log, lambda: bool(_planned(bench)))


@pytest.fixture(scope="session")
def swapbench(request: pytest.FixtureRequest) -> Bench:
    """Measures the cells of suites; used by the tests that `Suite.tests()` returns."""
    return request.config.stash[_BENCH]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Multiply a suite's test out into one test a cell."""
    declared = _declared(metafunc.function)
    if declared is None:
        return
    suite, phase = declared
    config = metafunc.config
    if config.stash[_SUITES].setdefault(suite.name, suite) is not suite:
        raise SwapError(f"suite {suite.name!r} is declared twice; give each suite a name of its own.")
    cells = config.stash[_BENCH].options.selection.cells(suite, phase.name)
    rows = [(cell.model, cell.backend, cell.dataset, cell.fold) for cell in cells]
    metafunc.parametrize(_FIELDS, rows, ids=[cell_id(*row) for row in rows])


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Tell a suite that cannot be declared in its own sentence, without the trace through our code."""
    report = yield
    call = getattr(report, "call", None)
    if call is not None and call.excinfo is not None and isinstance(call.excinfo.value, SwapError):
        report.longrepr = f"{collector.nodeid}: {call.excinfo.value}"
        collector.config.stash.setdefault(_UNDECLARED, []).append(report.longrepr)
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the selected cells, and prepare each of their tests for measuring."""
    bench = config.stash[_BENCH]
    selection = bench.options.selection
    suites = config.stash[_SUITES].values()
    if not suites:
        return
    try:
        selection.check(suites)
    except SwapError as error:
        _refuse(config, items, str(error))
        return
    config.stash[_ABSENCE] = selection.absence(suites)
    if hasattr(config, "workerinput"):
        cast(Any, config).workeroutput["swapbench_absence"] = config.stash[_ABSENCE]
    taking_part = {suite.name for suite in suites if selection.takes_part(suite)}
    kept, dropped = [], []
    marks = {
        (suite.name, phase, dataset): pytest.mark.benchmark(timer=bench.clock, group=f"{suite.name} {phase} {dataset}")
        for suite in suites
        for phase in suite.phases
        for dataset in suite.datasets
    }
    for item in items:
        cell = _cell(item, selection.profile)
        if cell is None:
            kept.append(item)
        elif cell.suite in taking_part and selection.wants(cell):
            item.stash[_CELL] = cell
            item.add_marker(marks[cell.suite, cell.phase, cell.dataset])
            kept.append(item)
        else:
            dropped.append(item)
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = kept


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Check and prepare all that the collected cells need, before any of them is measured."""
    config = session.config
    bench = config.stash[_BENCH]
    if _UNDECLARED in config.stash:
        _refuse(config, session.items, config.stash[_UNDECLARED][0])
        return
    found = []
    for position, item in enumerate(session.items):
        declared = _declared(getattr(item, "function", None))
        if _CELL in item.stash and declared is not None:
            item.stash[_POSITION] = position
            found.append(Planned(seam.plain_id(item), item.stash[_CELL], *declared, item))
    plan = Plan(bench, config, found)
    benchmarks = seam.session_of(config)
    try:
        if bench.options.plan is not None:
            plan.write(bench.options.plan, config.stash.get(_ABSENCE, ""))
        if bench.options.jobs is not None:
            plan.write_jobs(bench.options.jobs)
        if config.option.collectonly or benchmarks is None:
            return
        if hasattr(config, "workerinput"):
            others = [item for item in session.items if _CELL not in item.stash]
            benchmarks.check(others, suites=bool(config.stash[_SUITES]))
        if found and not benchmarks.skip:
            plan.enter()
    except SwapError as error:
        _refuse(config, session.items, str(error))


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """Judge the run when all is measured; regressed cells are reported as tests of their own."""
    result = yield
    config = session.config
    if _KEEPER in config.stash and _planned(config.stash[_BENCH]):
        for report in config.stash[_KEEPER].reports():
            config.hook.pytest_runtest_logreport(report=report)
    return result


@pytest.hookimpl(tryfirst=True)
def pytest_report_teststatus(report: pytest.TestReport) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    word = getattr(report, "swapbench_verdict", None)
    return word and (word, word[0].upper(), (word.upper(), {"red": True}))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Switch pytest-benchmark on for the tests of suites, also where xdist would switch it off."""
    if request.fixturename == "benchmark" and _CELL in request.node.stash:
        with seam.session_of(request.config).enabled():
            return (yield)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send a worker's statistics along, and record a cell that a mark or a fixture kept from being measured."""
    if call.when == "call" and _CELL in item.stash:
        item.user_properties += _properties(item)
    report = yield
    if _CELL not in item.stash:
        return report
    if hasattr(item.config, "workerinput") and call.when == "call":
        report.swapbench_stats = seam.carry(item, item.stash[_POSITION])  # type: ignore[attr-defined]  # travels as text
    if call.when == "setup" and report.outcome != "passed" and not seam.session_of(item.config).skip:
        status = "skipped" if report.skipped else "failed"
        _record(item, Record(item.stash[_CELL], "", status, _reason(report)))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    carried = getattr(report, "swapbench_stats", None)
    config = getattr(getattr(report, "node", None), "config", None)
    if carried is not None and config is not None:
        seam.session_of(config).receive(carried)


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: pytest.TestReport, sched: Any) -> None:
    """Record the cell whose worker was killed."""
    bench = sched.config.stash[_BENCH]
    planned = _planned(bench)
    cell = planned.get(crashitem) or planned.get(crashitem.rpartition("@")[0])  # loadgroup appends @group
    if cell is not None:
        record = Record(cell, "", "crashed", "the worker that measured it was killed")
        bench.journal.write_crash(bench.run, record)
        report.longrepr = record.sentence()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    told = getattr(node, "workeroutput", {})
    for key, stash in (("swapbench_refusal", _REFUSAL), ("swapbench_absence", _ABSENCE)):
        if key in told:
            node.config.stash[stash] = told[key]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Sum the run up, write its reports, and fail it for what no single test could fail for."""
    config = session.config
    if hasattr(config, "workerinput"):
        return
    if _REFUSAL in config.stash:
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
        return
    bench = config.stash[_BENCH]
    planned = _planned(bench)
    if not planned:
        return
    keeper = config.stash.get(_KEEPER, None)
    run = bench.journal.run(bench.run)
    summary = summarize(run) if keeper is None else summarize(run, keeper.gate, keeper.baseline)
    config.stash[_SUMMARY] = summary
    unwritten = config.stash.setdefault(_UNWRITTEN, [])
    for path in bench.options.reports:
        try:
            files.write(summary, path)
        except OSError as error:
            unwritten.append(f"--swap-report {path}: it could not be written, {error.strerror}.")
    held = keeper is not None and (keeper.gate is None or keeper.gate.status in keeper.forbidden)
    if session.exitstatus == pytest.ExitCode.OK and (unwritten or held or not summary.fine):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Generator[None, None, None]:
    """Show the summary after pytest-benchmark's tables, also when a comparison of its own ends them with an error."""
    try:
        return (yield)
    finally:
        if _REFUSAL in config.stash:
            terminalreporter.write_line(f"ERROR: {config.stash[_REFUSAL]}", red=True)
        if _SUMMARY in config.stash:
            terminalreporter.section("swapbench")
            ink = coloured if terminalreporter.hasmarkup else plain
            for line in text.lines(config.stash[_SUMMARY], terminalreporter._tw.fullwidth, ink):
                terminalreporter.write_line(line)
        if config.stash.get(_ABSENCE, ""):
            terminalreporter.write_line(config.stash[_ABSENCE])
        for line in config.stash.get(_UNWRITTEN, []):
            terminalreporter.write_line(f"ERROR: {line}", red=True)


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    if config.stash[_BENCH].options.companions:
        output_json["benchmarks"] += companions(output_json["benchmarks"])


def _worker_count(config: pytest.Config) -> int:
    return max(1, len(getattr(config.option, "tx", None) or ()))


def _run_id(bench: Bench) -> str:
    """Return the name of this run: that of the last one when it is resumed."""
    if bench.options.resume and (bench.options.settings.store / "journal.sqlite").exists():
        last = bench.journal.last_run()
        if last is not None:
            return last
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"


def _planned(bench: Bench) -> dict[str, Cell]:
    """Return what the run planned; asks the journal only where one exists."""
    exists = Path(bench.options.settings.store / "journal.sqlite").exists()
    return bench.journal.planned(bench.run) if exists else {}


def _refuse(config: pytest.Config, items: list[pytest.Item], sentence: str) -> None:
    """End the run before it begins: from a worker, the controller is told and ends it."""
    if not hasattr(config, "workerinput"):
        raise pytest.UsageError(sentence)
    cast(Any, config).workeroutput["swapbench_refusal"] = sentence
    items.clear()


def _declared(function: object) -> tuple[Suite, Phase] | None:
    declared = getattr(function, "swapbench", None)
    return declared if isinstance(declared, tuple) else None


def _cell(item: pytest.Item, profile: str) -> Cell | None:
    declared = _declared(getattr(item, "function", None))
    if declared is None:
        return None
    values = cast(Any, item).callspec.params
    suite, phase = declared
    model, backend, dataset, fold = (values[name] for name in _FIELDS)
    return Cell(suite.name, model, backend, dataset, fold, phase.name, profile)


def _properties(item: pytest.Item) -> list[tuple[str, object]]:
    """Return what JUnit files say of a measured cell."""
    benchmark = cast(Any, item).funcargs.get("benchmark")
    info = benchmark.extra_info if benchmark is not None else {}
    kept = {name: info[name] for name in ("status", "peak_memory_bytes", "cpu_time_s", "parameters") if info.get(name)}
    return list({**kept, **info.get("metrics", {})}.items())


def _record(item: pytest.Item, record: Record) -> None:
    item.config.stash[_BENCH].record(record)


def _reason(report: pytest.TestReport) -> str:
    longrepr = report.longrepr
    return str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).strip().splitlines()[-1]
