"""Other people's benchmarks: with the plugin installed they behave as without it, until they declare a suite."""

import json
import re
from typing import Any

import pytest

from sandbox import Run, Sandbox

WITHOUT = ("-p", "no:swapbench")
XDIST_WARNING = "Benchmarks are automatically disabled because xdist plugin is active"
OTHERS = '''
"""
>>> 1 + 1
2
"""
from pathlib import Path
import pytest

def test_called(benchmark):
    assert benchmark(lambda: 7) == 7

def test_pedantic(benchmark):
    calls = []
    benchmark.pedantic(calls.append, args=[1], rounds=4, warmup_rounds=1)
    Path("calls").write_text(str(len(calls)))

@pytest.mark.benchmark(group="mine", min_rounds=3, max_time=0.01)
@pytest.mark.parametrize("size", [1, 2])
def test_marked(benchmark, size):
    benchmark.extra_info["who"] = "somebody else"
    benchmark(range, size)

def test_raising(benchmark):
    benchmark(lambda: 1 / 0)

def test_used_twice(benchmark):
    benchmark(int)
    benchmark(int)

def test_regular():
    assert True

@pytest.fixture
def costly():
    Path("costly").touch()

def test_with_a_fixture(costly):
    assert True
'''
PLAIN = """
from pathlib import Path

def test_plain(benchmark):
    calls = []
    benchmark.pedantic(calls.append, args=[1], rounds=4)
    Path("calls").write_text(str(len(calls)))
"""
HOOKS = """
def pytest_benchmark_update_json(config, benchmarks, output_json):
    output_json["seen"] = [benchmark.fullname for benchmark in benchmarks]

def pytest_benchmark_update_machine_info(config, machine_info):
    machine_info["asked"] = machine_info.get("asked", 0) + 1
"""
TWO_SESSIONS = """
import pytest, pytest_benchmark.plugin, pytest_benchmark.session

for _ in range(2):
    print(int(pytest.main(["-q", "test_plain.py"])))
print(pytest_benchmark.plugin.BenchmarkSession is pytest_benchmark.session.BenchmarkSession)
"""


def both(sandbox: Sandbox, *arguments: str) -> tuple[Run, Run]:
    """Run what is there with the plugin and without it."""
    given = ("--doctest-modules", "--benchmark-max-time=0.01", *arguments)
    return (
        sandbox.run(*given, "--benchmark-json=with.json"),
        sandbox.run(*WITHOUT, *given, "--benchmark-json=without.json"),
    )


def shape(run: Run, file: str) -> Any:
    """What a file of pytest-benchmark holds but for times: None when there is no file."""
    path = run.folder / file
    if not path.exists():
        return None
    content = json.loads(path.read_text())
    named = ("name", "fullname", "group", "param", "params", "extra_info", "options")
    entries = [({name: entry[name] for name in named}, sorted(entry["stats"])) for entry in content["benchmarks"]]
    return sorted(content), sorted(content["machine_info"]), list(map(sorted, content["benchmarks"])), entries


def errors(run: Run) -> list[str]:
    """The lines that say what is wrong with the command line."""
    return [line for line in run.output.splitlines() if line.startswith(("ERROR", "INTERNALERROR"))]


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "-m benchmark",
        "--benchmark-only",
        "--benchmark-skip",
        "--benchmark-only --benchmark-skip",
        "--benchmark-disable",
        "--benchmark-only --benchmark-disable",
        "--benchmark-timer=time.process_time --benchmark-cprofile=cumtime",
        "-n2",
        "-n2 --benchmark-enable",
        "-n2 --benchmark-only",
        "-n2 --benchmark-disable",
        "-n2 --benchmark-skip",
    ],
)
def test_a_run_goes_as_it_does_without_the_plugin(sandbox: Sandbox, arguments: str) -> None:
    """The same exit status, outcomes, error sentences, warning and saved fields; and nothing of ours appears."""
    sandbox.write(test_others=OTHERS)
    ours, theirs = both(sandbox, *arguments.split())
    assert (ours.status, ours.outcomes, errors(ours)) == (theirs.status, theirs.outcomes, errors(theirs))
    assert shape(ours, "with.json") == shape(theirs, "without.json")
    assert ours.output.count(XDIST_WARNING) == theirs.output.count(XDIST_WARNING)
    assert "= swapbench =" not in ours.out
    assert not sandbox.store.exists()


def test_rounds_are_as_asked_for(sandbox: Sandbox) -> None:
    sandbox.write(test_others=OTHERS)
    run = sandbox.run("--benchmark-json=out.json", "-k", "pedantic")
    (entry,) = run.entries("out.json")
    assert (entry["stats"]["rounds"], entry["stats"]["iterations"], entry["extra_info"]) == (4, 1, {})
    assert (sandbox.folder / "calls").read_text() == "5", "with the warm-up"


def test_with_workers_they_run_once_and_the_warning_is_given_once(sandbox: Sandbox) -> None:
    sandbox.write(test_plain=PLAIN)
    run = sandbox.run("-n2", "--benchmark-json=out.json")
    assert (run.status, run.outcomes) == (0, {"passed": 1})
    assert run.err.count(XDIST_WARNING) == 1
    assert (sandbox.folder / "calls").read_text() == "1"
    assert not (sandbox.folder / "out.json").exists()


def test_only_benchmarks_with_workers_stays_a_usage_error(sandbox: Sandbox) -> None:
    sandbox.write(test_plain=PLAIN)
    run = sandbox.run("-n2", "--benchmark-only")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("ERROR: Can't have both --benchmark-only and --benchmark-disable options.") == 1
    assert not (sandbox.folder / "calls").exists()


def test_only_benchmarks_skips_other_tests_before_their_fixtures(sandbox: Sandbox) -> None:
    sandbox.write(test_others=OTHERS)
    sandbox.suite("toy")
    run = sandbox.measure("-k", "with_a_fixture or (fit and fold0)")
    assert run.outcomes.items() >= {"passed": 2, "skipped": 1}.items()
    assert not (sandbox.folder / "costly").exists()


def test_tests_that_are_no_benchmarks_meet_no_warning(sandbox: Sandbox) -> None:
    sandbox.write(test_regular="def test_regular(): pass\n")
    run = sandbox.run("-n2", "-W", "error")
    assert (run.status, run.outcomes) == (0, {"passed": 1})
    assert run.err == ""


@pytest.mark.both_cores
def test_a_suite_is_measured_beside_a_benchmark_that_is_not(sandbox: Sandbox) -> None:
    """With workers: the cells have times, the other benchmark runs once and says why."""
    sandbox.write(test_plain=PLAIN, conftest=HOOKS)
    sandbox.suite("toy", phases=["fit"])
    run = sandbox.run("-n2", "--swap-rounds=1", "--benchmark-json=out.json")
    assert (run.status, run.outcomes.get("passed")) == (0, 5)
    assert {record.status for record in run.records} == {"ok"}
    assert (sandbox.folder / "calls").read_text() == "1"
    assert run.err.count(XDIST_WARNING) == 1
    saved = json.loads((sandbox.folder / "out.json").read_text())
    assert [entry["name"].partition("[")[0] for entry in saved["benchmarks"]] == ["test_fit"] * 4
    assert saved["seen"] == [entry["fullname"] for entry in saved["benchmarks"]], "hooks of others see the same"
    assert saved["machine_info"]["asked"] == 1


def test_a_suite_beside_a_benchmark_in_one_process_has_both_measured(sandbox: Sandbox) -> None:
    """Each by its own clock: the real one, and that of the children."""
    sandbox.write(test_plain=PLAIN)
    sandbox.suite("toy", phases=["fit"])
    run = sandbox.run("--swap-rounds=1", "--benchmark-json=out.json", "-W", "error")
    entries = {entry["name"]: entry for entry in run.entries("out.json")}
    plain = entries.pop("test_plain")
    assert run.status == 0
    assert plain["stats"]["rounds"] == 4
    assert plain["extra_info"] == {}
    assert plain["options"]["timer"] == "perf_counter"
    assert {entry["options"]["timer"] for entry in entries.values()} == {"child_clock"}
    assert len(entries) == len(run.records) == 4


def test_plugins_that_are_switched_off_are_not_needed(sandbox: Sandbox) -> None:
    """Without pytest-xdist suites are measured; without pytest-benchmark at least nobody's tests break."""
    sandbox.suite("toy", phases=["fit"])
    assert sandbox.measure("-p", "no:xdist", "--swap-fold=0").outcomes.get("passed") == 2
    sandbox.write(test_regular="def test_regular(): pass\n")
    run = sandbox.run("-p", "no:benchmark", "test_regular.py")
    assert (run.status, run.outcomes) == (0, {"passed": 1})


def test_pytest_benchmark_is_as_it_was_after_a_session(sandbox: Sandbox) -> None:
    """Sessions in one process follow one another, and what the plugin put in place is gone after each."""
    sandbox.write(test_plain=PLAIN)
    result = sandbox.pytester.runpython(sandbox.pytester.makepyfile(two_sessions=TWO_SESSIONS))
    told = [line for line in result.stdout.lines if re.fullmatch(r"\d|True|False", line)]
    assert told == ["0", "0", "True"]
