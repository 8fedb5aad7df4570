"""The plugin: turns suites into tests, measures them, and shows what came of it.

Roles: a plain run plans, measures and shows in one process. Under pytest-xdist the workers plan and measure, and the
controller shows, reading what it needs from the journal.
"""

from collections.abc import Generator
from copy import copy
from typing import Any, cast

import pytest

from swapbench.plan import table
from swapbench.plan.cell import PARAMETERS, Cell
from swapbench.plan.error import SwapError
from swapbench.plan.function import declared
from swapbench.plan.suite import Suite
from swapbench.plugin import options, seam, tolerances
from swapbench.plugin.bench import Bench, VirtualClock
from swapbench.plugin.companions import companions
from swapbench.plugin.controller import Controller
from swapbench.plugin.keeper import Keeper
from swapbench.plugin.live import LiveLine
from swapbench.plugin.planning import Plan, Planned
from swapbench.plugin.resuming import start
from swapbench.plugin.waiting import Announcer
from swapbench.record.record import Record
from swapbench.run import environment

_BENCH = pytest.StashKey[Bench]()
_SUITES = pytest.StashKey[dict[str, Suite]]()
_CELL = pytest.StashKey[Cell]()
_POSITION = pytest.StashKey[int]()
_CONTROLLER = pytest.StashKey[Controller]()
_UNDECLARED = pytest.StashKey[list[str]]()


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
    worker = getattr(config, "workerinput", None)
    number, count = (int(worker["workerid"][2:]), worker["workercount"]) if worker else (0, _worker_count(config))
    try:
        chosen = options.read(config, number, count)
        announcer = Announcer(config)
        config.add_cleanup(announcer.close)
        bench = Bench(chosen, config.rootpath, VirtualClock(), tell=announcer)
        if worker:
            bench.run = worker["swapbench_run"]
            environment.begin(worker["swapbench_environment"])
        else:
            _take_control(config, bench)
    except SwapError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[_BENCH] = bench
    config.stash[_SUITES] = {}
    config.addinivalue_line("markers", tolerances.HELP)


def _take_control(config: pytest.Config, bench: Bench) -> None:
    """Let this process show the run."""
    begun = start(bench.options, bench.found_journal)
    bench.run = begun.run
    keeper = Keeper(bench, config) if bench.options.gate else None
    config.stash[_CONTROLLER] = Controller(config, bench, begun, keeper)
    config.pluginmanager.register(config.stash[_CONTROLLER], "swapbench-controller")
    config.pluginmanager.register(LiveLine(config), "swapbench-live")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _BENCH in config.stash:
        config.stash[_BENCH].close()
    seam.uninstall()


@pytest.fixture(scope="session")
def swapbench(request: pytest.FixtureRequest) -> Bench:
    """Measures the cells of suites; used by the tests that `Suite.tests()` returns."""
    return request.config.stash[_BENCH]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Multiply a suite's test out into one test a cell."""
    found = declared(metafunc.function)
    if found is None:
        return
    suite, phase = found
    config = metafunc.config
    if config.stash[_SUITES].setdefault(suite.name, suite) is not suite:
        raise SwapError(f"suite {suite.name!r} is declared twice; give each suite a name of its own.")
    cells = config.stash[_BENCH].options.selection.cells(suite, phase.name)
    metafunc.parametrize(PARAMETERS, [_parameters(suite, cell) for cell in cells])


def _parameters(suite: Suite, cell: Cell) -> Any:
    """Return a cell as the parameters of a test, with its marks."""
    skips = [pytest.mark.skip(reason=where.reason) for where in suite.skip if where.covers(cell)]
    fails = [pytest.mark.xfail(reason=where.reason) for where in suite.xfail if where.covers(cell)]
    return pytest.param(*cell.parameters, id=cell.id, marks=[*skips[:1], *fails[:1]])


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
        seam.require(config)
        selection.check(suites)
    except SwapError as error:
        _refuse(config, items, str(error))
        return
    if hasattr(config, "workerinput"):
        cast(Any, config).workeroutput["swapbench_absence"] = selection.absence(suites)
    else:
        config.stash[_CONTROLLER].absence = selection.absence(suites)
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
        made_of = declared(getattr(item, "function", None))
        if _CELL in item.stash and made_of is not None:
            item.stash[_POSITION] = position
            found.append(Planned(seam.plain_id(item), item.stash[_CELL], *made_of, item))
    plan = Plan(bench, config, found)
    benchmarks = seam.session_of(config)
    try:
        if bench.options.plan is not None:
            plan.write(bench.options.plan, bench.options.selection.absence(config.stash[_SUITES].values()))
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
    if call.when == "call" and report.skipped and hasattr(report, "wasxfail"):
        item.config.stash[_BENCH].expected(item.stash[_CELL], report.wasxfail.removeprefix("reason: "))
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
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    if config.stash[_BENCH].options.companions:
        output_json["benchmarks"] += companions(output_json["benchmarks"])


def _worker_count(config: pytest.Config) -> int:
    return max(1, len(getattr(config.option, "tx", None) or ()))


def _refuse(config: pytest.Config, items: list[pytest.Item], sentence: str) -> None:
    """End the run before it begins: from a worker, the controller is told and ends it."""
    if not hasattr(config, "workerinput"):
        raise pytest.UsageError(sentence)
    cast(Any, config).workeroutput["swapbench_refusal"] = sentence
    items.clear()


def _cell(item: pytest.Item, profile: str) -> Cell | None:
    made_of = declared(getattr(item, "function", None))
    if made_of is None:
        return None
    parameters = {name: cast(Any, item).callspec.params[name] for name in PARAMETERS}
    if not isinstance(parameters["model"], str):  # pytest's own stand-in, for a phase that has no cells
        return None
    return Cell(suite=made_of.suite.name, phase=made_of.phase.name, profile=profile, **parameters)


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
    words = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).strip().splitlines()[-1]
    return words.removeprefix("Skipped: ")
