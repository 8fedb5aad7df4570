"""Bad input: one clear sentence that says what to do, before any work, in one process and over two workers."""

import re
import subprocess
import sys
from typing import Any

import pytest

from sandbox import Run, Sandbox
from swapbench import Dataset

LOADERS = """
import numpy as np

def raising():
    print("tried", flush=True)
    raise FileNotFoundError("weather.csv is not here")

def objects():
    return np.array([[1, "a"], [None, 2]], dtype=object), np.zeros(2)

def unequal():
    return np.zeros((4, 2)), np.zeros(3)

def alone():
    return np.zeros((4, 2))

def good(data_dir=None):
    return np.zeros((4, 2)), np.arange(4) % 2
"""


def refused(run: Run, *words: str) -> None:
    """Assert that a run said all of these words in one sentence, once, and did no work."""
    told = [line for line in run.output.splitlines() if all(word in line for word in words)]
    assert len(told) == 1, run.output
    assert "Traceback" not in run.output
    assert run.status == pytest.ExitCode.USAGE_ERROR
    assert (run.planned, run.records) == ({}, ())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--swap-data=nowhere"], ["--swap-data nowhere", "no such folder"]),
        (["--swap-gate", "--benchmark-skip"], ["--swap-gate", "--benchmark-skip measures nothing"]),
        (["--swap-engine=ray://"], ["--swap-engine ray://", "known are local, ray, ray://host:port"]),
        (["--swap-report=x.pdf"], ["--swap-report x.pdf", "ends in .md", ".csv", ".json"]),
        (["--swap-report=nowhere/x.md"], ["--swap-report nowhere/x.md", "folder does not exist"]),
        (["--swap-threads=99"], ["--swap-threads 99", "cores"]),
        (["--swap-threads=0"], ["--swap-threads", "0 is not at least 1"]),
        (["--swap-rounds=none"], ["--swap-rounds", "'none' is no whole number"]),
        (["--swap-seed=x"], ["--swap-seed", "'x' is no whole number"]),
        (["--swap-timeout=-1"], ["--swap-timeout", "-1 is no positive number of seconds"]),
        (["--swap-timeout=soon"], ["--swap-timeout", "soon is no positive number of seconds"]),
        (["--swap-folds=1"], ["--swap-folds 1", "at least 2 folds"]),
        (["--swap-memory-limit=lots"], ["--swap-memory-limit", "lots is no size", "512M"]),
        (["--swap-slot=mine"], ["--swap-slot", "'mine'", "exclusive", "pinned", "none"]),
        (["--swap-slot=pinned", "-n64"], ["--swap-slot pinned", "64 workers", "--swap-slot exclusive"]),
    ],
    ids=lambda value: " ".join(value) if value[0].startswith("--") else "",
)
def test_an_option_that_cannot_be_met(sandbox: Sandbox, options: list[str], words: list[str]) -> None:
    sandbox.suite("toy")
    refused(sandbox.run(*options), *words)
    assert not sandbox.store.exists()


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--swap-report=x.pdf", ["--swap-report x.pdf", "ends in .md"]),
        ("--swap-rounds=none", ["--swap-rounds", "'none' is no whole number"]),
        ("--swap-threads=99", ["--swap-threads 99", "cores"]),
    ],
    ids=["by us", "as it is read", "by what the machine has"],
)
def test_an_option_that_cannot_be_met_is_told_once_in_every_mode(
    sandbox: Sandbox, plugin_args: tuple[str, ...], option: str, words: list[str]
) -> None:
    sandbox.suite("toy")
    refused(sandbox.run(*plugin_args, option), *words)
    assert not sandbox.store.exists()


@pytest.fixture
def declared(sandbox: Sandbox, spread: tuple[str, ...]) -> Run:
    """A run over one good suite and files with suites that cannot be declared."""
    sandbox.suite("good")
    sandbox.suite("metric", metrics=["acuracy"])
    sandbox.suite("backend", models={"model": {"pytorch": "fake:Sign"}})
    sandbox.suite("tolerance", tolerances={"accuracy": "much"})
    sandbox.suite("unmeasured", tolerances={"speed": "5%"})
    sandbox.suite("reference", reference="sign-torch")
    sandbox.suite("target", models={"model": {"python": "fake.Sign"}})
    sandbox.suite("bad name", file="test_name")
    sandbox.suite("model_name", models={"a b": {"python": "fake:Sign"}})
    sandbox.suite("empty", models={})
    sandbox.suite("good", file="test_twice")
    return sandbox.measure(*spread)


def test_suites_that_cannot_be_declared(declared: Run) -> None:
    """All of them are told at once, each with the file that declares it, and none of them is measured.

    Good ones beside them are, under pytest-xdist, which goes on after errors of collection; the run fails for them.
    """
    for words in (
        ("test_metric.py", "suite metric: there is no metric 'acuracy'; known are accuracy, "),
        ("test_backend.py", "suite backend, model model: there is no backend 'pytorch'; known are ", "torch"),
        ("test_tolerance.py", "suite tolerance, tolerance for accuracy: 'much' is no tolerance", "5%"),
        ("test_unmeasured.py", "suite unmeasured: tolerance for 'speed', which is not measured", "fit_time"),
        ("test_reference.py", "suite reference: there is no reference row 'sign-torch'", "sign-python"),
        (
            "test_target.py",
            "suite target, model model, backend python: 'fake.Sign' is no target",
            "package.module:name",
        ),
        ("test_name.py", "suite 'bad name' is no usable name", "letters, digits"),
        ("test_model_name.py", "suite model_name: model 'a b' is no usable name"),
        ("test_empty.py", "suite empty: declare at least one model"),
        ("test_twice.py", "suite 'good' is declared twice"),
    ):
        told = [line for line in declared.out.splitlines() if all(word in line for word in words)]
        assert told, words
    assert "Traceback" not in declared.output
    assert declared.status not in (0, pytest.ExitCode.INTERNAL_ERROR)
    assert {record.cell.suite for record in declared.records} <= {"good"}


def test_a_module_that_does_not_exist(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.suite("toy", models={"lost": {"python": "no_such_package.models:Lost"}})
    run = sandbox.measure(*spread)
    refused(run, "suite toy, model lost", "no module 'no_such_package.models'", "no_such_package.models:Lost")
    assert not sandbox.store.exists()


@pytest.mark.parametrize(
    ("dataset", "words"),
    [
        (Dataset("loaders:raising"), ["loaders:raising could not load it", "weather.csv is not here"]),
        (Dataset("loaders:objects"), ["X holds Python objects"]),
        (Dataset("loaders:unequal"), ["X has 4 examples, y has shape (3,)"]),
        (Dataset("loaders:alone"), ["loaders:alone must return X, y or X, y, groups"]),
        (Dataset("loaders:missing"), ["loaders:missing", "missing"]),
        (Dataset("loaders:good", sha256="0" * 64), ["checksum", "declared is 000", "declare the new version"]),
    ],
    ids=["raising", "objects", "unequal", "alone", "missing", "checksum"],
)
def test_data_that_cannot_be_used(sandbox: Sandbox, dataset: Dataset, words: list[str]) -> None:
    sandbox.write(loaders=LOADERS)
    sandbox.suite("toy", datasets={"weather": dataset})
    refused(sandbox.measure(), "suite toy, dataset weather", *words)


@pytest.mark.both_cores
def test_data_that_cannot_be_used_is_told_once_by_workers(sandbox: Sandbox) -> None:
    sandbox.write(loaders=LOADERS)
    sandbox.suite("toy", datasets={"weather": Dataset("loaders:raising")})
    refused(sandbox.measure("-n2"), "suite toy, dataset weather", "weather.csv is not here")


def test_a_dataset_of_files_needs_its_folder(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    """Asked for by name it is refused without --swap-data; not asked for, it takes no part."""
    sandbox.write(loaders=LOADERS)
    sandbox.suite("toy", datasets={"here": "fake:load", "files": Dataset("loaders:good", reads_files=True)})
    refused(sandbox.measure(*spread, "--swap-dataset=files"), "--swap-dataset files", "--swap-data DIR")
    listed = sandbox.run("--collect-only", "-q")
    assert "major-python-here-fold0" in listed.out
    assert "-files-fold" not in listed.out
    assert "not without --swap-data: files of toy" in listed.out


ELSEWHERE = """
import sys, pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_finish():
    here, sys.platform = sys.platform, "darwin"
    try:
        return (yield)
    finally:
        sys.platform = here
"""
UNUSABLE = """
from fake import Sign

number = 3

class Failing:
    def fit(self, X, y):
        raise ValueError("no")

def nothing(X, y, groups, folds, seed):
    return [([], [])] * folds
"""


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (
            {"models": {"m": {"python": "fake:Sing"}}},
            ["model m, backend python", "no 'Sing' in fake; perhaps 'Sign' is meant"],
        ),
        ({"models": {"m": {"python": "own:number"}}}, ["'own:number' is a int, which cannot be called"]),
        (
            {"models": {"m": {"python": "broken:M"}}},
            ["'broken:M' cannot be imported, SyntaxError", "broken.py, line 1"],
        ),
        ({"models": {"m": {"python": "raising:M"}}}, ["ImportError: no module of that name", "raising.py, line 2"]),
        ({"dataset": "broken:load"}, ["dataset data: 'broken:load' cannot be imported, SyntaxError"]),
        ({"split": "fake:by_time"}, ["suite toy, split: 'fake:by_time': there is no 'by_time' in fake"]),
        (
            {"folds": 900, "split": None},
            ["suite toy, dataset data: it cannot be split into 900 folds, ValueError", "60"],
        ),
        (
            {"split": "own:nothing"},
            ["suite toy, dataset data: it cannot be split into 2 folds: fold 0, train: it holds no examples."],
        ),
    ],
    ids=["typo", "number", "syntax", "import", "loader", "splitter", "folds", "parts"],
)
def test_what_would_fail_every_cell_is_told_once(sandbox: Sandbox, declared: dict[str, Any], words: list[str]) -> None:
    sandbox.write(own=UNUSABLE, broken="def (:\n", raising="\nraise ImportError('no module of that name')\n")
    sandbox.suite("toy", **declared)
    refused(sandbox.measure(), *words)


def test_a_failure_of_the_users_own_shows_none_of_our_frames(sandbox: Sandbox) -> None:
    sandbox.write(own=UNUSABLE)
    sandbox.suite("toy", models={"m": {"python": "own:Failing"}}, folds=1)
    run = sandbox.measure("--swap-phase=fit")
    assert 'own.py", line 8, in fit' in run.out
    assert re.findall(r'File ".*/swapbench/.*"', run.out) == []


def test_without_pytest_benchmark_suites_are_refused(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    refused(sandbox.run("-p", "no:benchmark", "--strict-markers"), "pytest-benchmark, which is switched off")


def test_a_module_beside_another_root_folder_is_told_with_the_root_folder(sandbox: Sandbox) -> None:
    (sandbox.folder / "bench").mkdir()
    (sandbox.folder / "bench" / "pytest.ini").touch()
    sandbox.suite("toy", file="bench/test_toy", models={"m": {"python": "churn.plain:M"}})
    refused(
        sandbox.measure("bench"), "there is no module 'churn.plain'", f"root folder, {sandbox.folder / 'bench'}: run"
    )


def test_a_plan_that_cannot_be_written(sandbox: Sandbox) -> None:
    sandbox.suite("toy")
    refused(sandbox.run("--collect-only", "--swap-plan=nowhere/plan.json"), "--swap-plan nowhere/plan.json", "written")


def test_elsewhere_than_on_linux_measuring_is_refused_and_listing_is_not(sandbox: Sandbox) -> None:
    sandbox.write(conftest=ELSEWHERE)
    sandbox.suite("toy")
    refused(sandbox.run("--benchmark-only"), "swapbench measures on Linux only, and this is macOS")
    assert "test_fit[major-python-data-fold0]" in sandbox.run("--collect-only", "-q").out


def test_the_plugin_is_imported_without_what_only_linux_has() -> None:
    """So that pytest works elsewhere, too, until suites are to be measured."""
    there = "import sys, psutil; sys.modules.update(dict.fromkeys(['fcntl', 'resource', 'pwd', 'grp', 'termios']))"
    subprocess.run([sys.executable, "-c", f"{there}; import swapbench.plugin.plugin"], check=True)


@pytest.mark.parametrize("store", ["taken", "taken/below"])
def test_a_store_that_cannot_be_written(sandbox: Sandbox, spread: tuple[str, ...], store: str) -> None:
    """A file lies where its folder should be."""
    (sandbox.folder / "taken").touch()
    sandbox.suite("toy")
    refused(sandbox.measure(*spread, f"--swap-store={store}"), store, "--swap-store", "another folder")


@pytest.mark.parametrize(("locks", "words"), [("taken", "is no folder"), ("taken/below", "cannot be made (Not a dir")])
def test_locks_that_cannot_be_made(
    sandbox: Sandbox, spread: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, locks: str, words: str
) -> None:
    (sandbox.folder / "taken").touch()
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(sandbox.folder / locks))
    sandbox.suite("toy")
    refused(sandbox.measure(*spread), locks, words, "for this machine's locks", "SWAPBENCH_LOCKS")


def test_a_cache_that_is_no_folder(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.store.mkdir(parents=True)
    (sandbox.store / "cache").touch()
    sandbox.suite("toy")
    refused(sandbox.measure(*spread), str(sandbox.store / "cache"), "(Not a directory)", "--swap-store")


def test_a_disk_that_takes_no_more(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    sandbox.write(conftest="import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))\n")
    sandbox.suite("toy")
    refused(sandbox.measure(*spread), "journal.sqlite", "disk I/O error", "--swap-store")


def test_a_module_of_the_users_that_stands_before_one_that_measuring_needs(
    sandbox: Sandbox, spread: tuple[str, ...]
) -> None:
    sandbox.write(threadpoolctl="raise RuntimeError('our own pools')")
    sandbox.suite("toy")
    why = "its fork server did not start: RuntimeError: our own pools"
    refused(sandbox.measure(*spread), "suite toy, dataset data: preparing it crashed", why)
