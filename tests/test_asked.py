"""What the session of a checkout says it would measure, for two of them to be compared."""

import json
from typing import Any

import pytest

from sandbox import Sandbox
from swapbench.record.run import Run

MODELS = {name: {"python": "fake:Sign"} for name in ("plain", "dangerous", "broken")}


def planned(sandbox: Sandbox, *arguments: str) -> dict[str, Any]:
    file = sandbox.folder / "jobs.json"
    assert sandbox.run("--collect-only", f"--swap-jobs={file}", *arguments).status == 0
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_what_pytest_would_not_run_or_expects_to_fail_is_not_measured(sandbox: Sandbox) -> None:
    skip = [{"model": "dangerous", "reason": "it removes files"}]
    sandbox.suite("mine", models=MODELS, skip=skip, xfail=[{"model": "broken", "reason": "not there yet"}])
    told = planned(sandbox)
    assert {job["cell"]["model"] for job in told["jobs"].values()} == {"plain"}
    cells = Run.from_dict(told["run"], "now").planned
    reasons = {cells[test].model: why for test, why in told["absent"].items()}
    assert reasons["dangerous"].startswith("it is skipped: it removes files")
    assert reasons["broken"].startswith("it is expected to fail: not there yet")


@pytest.mark.parametrize(("given", "asked"), [((), ["bench"]), (("-k", "plain", "other"), ["other"])])
def test_a_path_is_found_wherever_it_stands_and_else_the_folder_bench_is_meant(
    sandbox: Sandbox, given: tuple[str, ...], asked: list[str]
) -> None:
    sandbox.suite("mine", models=MODELS)
    for folder in ("bench", "other"):
        (sandbox.folder / folder).mkdir()
        (sandbox.folder / folder / "test_mine.py").write_text((sandbox.folder / "test_mine.py").read_text())
    told = planned(sandbox, "--swap-otherwise=bench", *given)
    assert told["asked"] == asked
    assert {test.partition("/")[0] for test in told["jobs"]} == set(asked)


def test_variables_that_conftest_sets_reach_the_children_and_determine_results(sandbox: Sandbox) -> None:
    """A session of its own plans a comparison, and its children are started where no conftest has run."""
    sandbox.suite("mine", models={"plain": {"python": "fake:Sign"}}, folds=2)
    keys = []
    for value in ("1", "2"):
        sandbox.write(conftest=f"import os\nos.environ['HOW_{{LONG}}'] = '{value}'\n")
        jobs = planned(sandbox)["jobs"].values()
        assert all(["HOW_{LONG}", value] in job["request"]["backend"]["environment"] for job in jobs)
        keys.append({job["key"] for job in jobs})
    assert keys[0].isdisjoint(keys[1])


def test_a_run_over_workers_knows_its_cells_by_the_same_keys(sandbox: Sandbox) -> None:
    sandbox.suite("mine", models={"plain": {"python": "fake:Sign"}}, folds=2)
    sandbox.write(conftest="import os\nos.environ['HOW_LONG'] = '1'\n")
    keys = [{record.key for record in sandbox.measure("--swap-slot=none", *mode).records} for mode in ((), ("-n2",))]
    assert keys[0] == keys[1] != set()
