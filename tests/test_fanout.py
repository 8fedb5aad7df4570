"""Fan-out over pytest-xdist: the same tests, the same files and the same options of pytest-benchmark as without it."""

import json
import re
import sys
from collections.abc import Mapping
from itertools import product

import pytest

from sandbox import Run, Sandbox
from swapbench.plan.cell import Cell

MODES: Mapping[str, tuple[str, ...]] = {
    "plain": (),
    "n0": ("-n0",),
    "n2": ("-n2", "--benchmark-autosave", "--benchmark-group-by=param:model"),
    "loadgroup": ("-n2", "--dist=loadgroup"),
}
TOY = [
    Cell("toy", model, "python", "data", fold, phase, "quick")
    for phase, model, fold in product(("fit", "predict"), ("major", "sign"), (0, 1))
]
GROUP = '\npytestmark = pytest.mark.xdist_group("together")\n'
PROMISED = {"cell", "status", "metrics", "peak_memory_bytes", "cpu_time_s", "parameters", "environment"}
MIXED = {"raising": {"python": "bad:Raising"}, "major": {"python": "fake:Majority"}, "sign": {"python": "fake:Sign"}}
RAISING = """
class Raising:
    def fit(self, X, y): raise ValueError("no")
"""


def name_of(cell: Cell) -> str:
    """The name of a cell's test, as every file and table has it."""
    return f"test_{cell.suite}.py::test_{cell.phase}[{cell.id}]"


def passed(run: Run) -> set[str]:
    """The ids that pytest itself reports, without the group that some releases of it and pytest-xdist append."""
    return set(re.findall(r"^PASSED (\S+?)(?:@together)?$", run.out, re.MULTILINE))


def sections(run: Run) -> int:
    return len(re.findall(r"^=+ swapbench =+$", run.out, re.MULTILINE))


@pytest.fixture(scope="module")
def runs() -> dict[str, Run]:
    """The runs made so far, for all tests of this file."""
    return {}


@pytest.fixture
def everywhere(sandbox: Sandbox, runs: dict[str, Run]) -> dict[str, Run]:
    """The same suite in the same folder, run in each mode."""
    sandbox.suite("toy", more=GROUP)
    for mode in [mode for mode in MODES if mode not in runs]:
        runs[mode] = sandbox.measure(*MODES[mode], f"--benchmark-json={mode}.json", "-rA")
    return runs


# The same tests and the same numbers, however many workers there are.


@pytest.mark.both_cores
def test_every_mode_runs_the_same_tests_under_the_same_names(everywhere: dict[str, Run]) -> None:
    names = {name_of(cell) for cell in TOY}
    assert [run.status for run in everywhere.values()] == [0, 0, 0, 0]
    for run in everywhere.values():
        assert passed(run) == names
        assert run.planned == {name_of(cell): cell for cell in TOY}


@pytest.mark.both_cores
def test_every_mode_saves_the_entries_in_the_order_of_collection(everywhere: dict[str, Run]) -> None:
    for mode, run in everywhere.items():
        assert [entry["fullname"] for entry in run.entries(f"{mode}.json")] == [name_of(cell) for cell in TOY]


@pytest.mark.both_cores
def test_every_mode_records_each_planned_cell_once(everywhere: dict[str, Run]) -> None:
    for run in everywhere.values():
        assert [record.cell for record in run.records] == TOY
        assert {record.status for record in run.records} == {"ok"}


@pytest.mark.both_cores
def test_scores_are_the_same_in_every_mode(everywhere: dict[str, Run]) -> None:
    found = {mode: [record.scores for record in run.records] for mode, run in everywhere.items()}
    assert found["plain"] == found["n0"] == found["n2"] == found["loadgroup"]


@pytest.mark.both_cores
def test_an_entry_carries_what_is_promised(everywhere: dict[str, Run]) -> None:
    for mode, run in everywhere.items():
        for entry, cell in zip(run.entries(f"{mode}.json"), TOY, strict=True):
            info = entry["extra_info"]
            assert info.keys() >= PROMISED
            assert info["cell"] == cell.as_dict()
            assert info["status"] == "ok"
            assert info["metrics"].keys() == {"accuracy"}
            assert isinstance(info["peak_memory_bytes"], int)
            assert info["cpu_time_s"] > 0
            assert info["parameters"] == {"major": None, "sign": 1}[cell.model]
            workers = 2 if mode in ("n2", "loadgroup") else 1
            assert info["environment"].items() >= {"threads": 1, "workers": workers}.items()
            assert info["environment"].keys() >= {"cpus", "slot", "versions"}
            assert info["environment"]["versions"].keys() >= {"python", "numpy", "swapbench"}


@pytest.mark.both_cores
def test_nothing_that_is_saved_was_unfit_for_json(everywhere: dict[str, Run]) -> None:
    for mode, run in everywhere.items():
        assert "UNSERIALIZABLE[" not in (run.folder / f"{mode}.json").read_text()


@pytest.mark.both_cores
def test_an_entry_has_exactly_the_times_of_the_journal(everywhere: dict[str, Run]) -> None:
    for mode, run in everywhere.items():
        entries = run.entries(f"{mode}.json")
        assert [entry["stats"]["data"] for entry in entries] == [record.walls for record in run.records]


@pytest.mark.both_cores
def test_the_tables_are_printed_once(everywhere: dict[str, Run]) -> None:
    for run in everywhere.values():
        assert sections(run) == 1
        assert "8 cells: 8 ok" in run.out
        assert run.out.count("toy on data, quick, 2 folds") == 1


# The options of pytest-benchmark.


@pytest.mark.both_cores
def test_autosave_and_group_by_work_with_workers(everywhere: dict[str, Run]) -> None:
    run = everywhere["n2"]
    (saved,) = run.folder.glob(".benchmarks/*/0001_*.json")
    assert [entry["fullname"] for entry in json.loads(saved.read_text())["benchmarks"]] == [name_of(c) for c in TOY]
    assert "benchmark 'model=major': 4 tests" in run.out
    assert "benchmark 'model=sign': 4 tests" in run.out


@pytest.mark.both_cores
def test_the_stock_command_line_compares_a_plain_file_with_a_fanned_one(
    everywhere: dict[str, Run], sandbox: Sandbox
) -> None:
    """The rows of the two files match by name: each group has one of either."""
    files = [str(everywhere["plain"].folder / f"{mode}.json") for mode in ("n0", "n2")]
    result = sandbox.pytester.run(sys.executable, "-m", "pytest_benchmark", "compare", *files, "--group-by=fullname")
    assert result.ret == 0
    groups = re.findall(r"benchmark '(\S+)': (\d) tests", result.stdout.str())
    assert sorted(groups) == sorted((name_of(cell), "2") for cell in TOY)


@pytest.mark.both_cores
def test_save_and_compare_work_with_workers(everywhere: dict[str, Run], sandbox: Sandbox) -> None:
    """A run within the allowed change passes, and is shown beside the one it is compared with."""
    sandbox.suite("toy", more=GROUP)
    baseline = everywhere["n0"].folder / "n0.json"
    compare = (f"--benchmark-compare={baseline}", "--benchmark-compare-fail=min:1000000%", "-W", "default")
    run = sandbox.measure("-n2", "--swap-phase=fit", "--benchmark-save=mine", *compare)
    assert run.status == 0
    assert len(list(sandbox.folder.glob(".benchmarks/*/*_mine.json"))) == 1
    assert "benchmark 'toy fit data': 8 tests" in run.out


@pytest.mark.both_cores
def test_compare_fail_fails_with_workers(everywhere: dict[str, Run], sandbox: Sandbox) -> None:
    """Against a baseline that was a thousand times faster; the tables are shown for all that."""
    sandbox.suite("toy", more=GROUP)
    baseline = json.loads((everywhere["n0"].folder / "n0.json").read_text())
    for entry in baseline["benchmarks"]:
        entry["stats"]["min"] /= 1000
    (sandbox.folder / "faster.json").write_text(json.dumps(baseline))
    compare = ("--benchmark-compare=faster.json", "--benchmark-compare-fail=min:1%", "-W", "default")
    run = sandbox.measure("-n2", "--swap-fold=0", "--swap-phase=fit", *compare)
    assert run.status == 1
    assert "Performance has regressed" in run.err
    assert sections(run) == 1


@pytest.mark.both_cores
def test_disabled_benchmarks_run_once_and_save_nothing(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    run = sandbox.run("-n2", "--benchmark-disable", "--benchmark-json=out.json", "-W", "error")
    assert (run.status, run.outcomes) == (0, {"passed": 8})
    assert [len(record.samples) for record in run.records] == [1] * 8
    assert "benchmark 'toy" not in run.out
    assert not (sandbox.folder / "out.json").exists()


def test_skipped_benchmarks_leave_no_trace(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.suite("toy")
    run = sandbox.run(*spread, "--benchmark-skip", "-W", "error")
    assert (run.status, run.outcomes) == (0, {"skipped": 8})
    assert not sandbox.store.exists()


# Options of pytest that choose tests.


@pytest.mark.both_cores
def test_k_chooses_cells(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    run = sandbox.measure("-n2", "-k", "fit and sign and fold1")
    assert [str(cell) for cell in run.planned.values()] == ["toy: fit of sign-python on data, fold 1"]
    assert "1 cell: 1 ok" in run.out


def test_k_that_chooses_nothing_is_no_usage_error(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.suite("toy")
    run = sandbox.measure(*spread, "-k", "nothing_is_called_so")
    assert run.status == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "--benchmark-disable" not in run.output


@pytest.mark.both_cores
def test_lf_measures_again_what_failed(sandbox: Sandbox) -> None:
    sandbox.write(bad=RAISING)
    sandbox.suite("mixed", models=MIXED, phases=["fit"], folds=1)
    run = sandbox.measure()
    assert (run.status, run.outcomes) == (1, {"passed": 2, "failed": 1})
    again = sandbox.measure("-n2", "--lf")
    assert [record.cell.model for record in again.records] == ["raising"]


def test_x_stops_and_what_did_not_run_is_told(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    """Of nine cells the first three would fail. A row says how many of its planned cells ended well, also when none of
    them was begun."""
    sandbox.write(bad=RAISING)
    sandbox.suite("mixed", models=MIXED, phases=["fit"], folds=3)
    stopped = sandbox.measure("-x", *spread)
    missing = [cell for cell in stopped.planned.values() if cell not in {record.cell for record in stopped.records}]
    assert stopped.status != 0
    assert len(stopped.planned) == 9
    assert len(missing) >= 5
    assert re.search(rf"^run \S+: 9 cells: .*, {len(missing)} not run$", stopped.out, re.MULTILINE)
    assert f"{len(missing)} planned cells did not run: {missing[0]}; " in stopped.out
    rows = re.findall(r"^(\w+) +python +(\d)/3 ", stopped.out, re.MULTILINE)
    assert [model for model, _ in rows] == ["raising", "major", "sign"]


# Options of our own that choose cells.

DIMENSIONS = {
    "suite": ("toy", "other"),
    "model": ("major", "sign", "third"),
    "backend": ("python", "sklearn"),
    "dataset": ("big", "data", "small"),
    "fold": ("0", "1", "2"),
    "phase": ("fit", "predict"),
}


@pytest.fixture
def two_suites(sandbox: Sandbox) -> list[Cell]:
    """Two suites that differ in every dimension, and all of their cells."""
    sign = {"python": "fake:Sign", "sklearn": "fake:Sign"}
    sandbox.suite(
        "toy",
        models={"major": {"python": "fake:Majority"}, "sign": sign},
        datasets={"small": "fake:load", "big": "fake:load"},
    )
    sandbox.suite("other", models={"third": {"python": "fake:Sign"}}, phases=["fit"], folds=3)
    rows = [("major", "python"), ("sign", "python"), ("sign", "sklearn")]
    return [Cell("other", "third", "python", "data", fold, "fit", "quick") for fold in range(3)] + [
        Cell("toy", *row, dataset, fold, phase, "quick")
        for phase, row, dataset, fold in product(("fit", "predict"), rows, ("small", "big"), (0, 1))
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        ["suite=other"],
        ["model=sign"],
        ["backend=sklearn"],
        ["dataset=big"],
        ["fold=2"],
        ["phase=predict"],
        ["model=third", "model=major"],
        ["model=sign", "backend=python", "dataset=small", "fold=1"],
    ],
    ids=" ".join,
)
def test_cells_are_chosen_by_value(sandbox: Sandbox, two_suites: list[Cell], wanted: list[str]) -> None:
    """Values of one dimension add up, those of several dimensions narrow down."""
    options = [f"--swap-{choice}" for choice in wanted]
    assert sandbox.run("--collect-only", "--swap-plan=plan.json", *options).status == 0
    plan = json.loads((sandbox.folder / "plan.json").read_text())
    chosen = {cell["test"] for suite in plan["suites"] for cell in suite["cells"]}
    allowed: dict[str, set[str]] = {}
    for choice in wanted:
        dimension, _, value = choice.partition("=")
        allowed.setdefault(dimension, set()).add(value)
    expected = [c for c in two_suites if all(str(getattr(c, name)) in values for name, values in allowed.items())]
    assert chosen == {name_of(cell) for cell in expected}
    assert 0 < len(expected) < len(two_suites)


@pytest.mark.both_cores
def test_workers_measure_the_chosen_cells_only(sandbox: Sandbox, two_suites: list[Cell]) -> None:
    options = ["--swap-model=sign", "--swap-backend=python", "--swap-dataset=small", "--swap-fold=1"]
    run = sandbox.measure("-n2", *options)
    chosen = [Cell("toy", "sign", "python", "small", 1, phase, "quick") for phase in ("fit", "predict")]
    assert list(run.planned.values()) == [record.cell for record in run.records] == chosen
    assert set(chosen) <= set(two_suites)


@pytest.mark.parametrize("dimension", DIMENSIONS)
def test_an_unknown_value_is_refused_with_the_known_ones(
    sandbox: Sandbox, two_suites: list[Cell], dimension: str
) -> None:
    run = sandbox.measure(f"--swap-{dimension}=nope")
    known = ", ".join(sorted(DIMENSIONS[dimension]))
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count(f"--swap-{dimension}: there is no {dimension} 'nope'; known are {known}.") == 1
    assert "Traceback" not in run.output
    assert not sandbox.store.exists(), "refused before any work"
    assert two_suites


def test_an_unknown_profile_is_refused_with_the_known_ones(sandbox: Sandbox, plugin_args: tuple[str, ...]) -> None:
    sandbox.suite("toy")
    run = sandbox.measure(*plugin_args, "--swap-profile=huge")
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert run.output.count("there is no profile 'huge'; known are paper, quick, standard.") == 1
    assert "Traceback" not in run.output
    assert not sandbox.store.exists(), "refused before any work"
