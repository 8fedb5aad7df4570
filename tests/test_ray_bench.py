"""The whole of `bench/` on two nodes, beside the same on this machine alone."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from helpers import environment
from ray_cluster import ray_cluster
from swapbench.judge.judgement import judge
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.run import Run

pytestmark = [pytest.mark.long, pytest.mark.soak, pytest.mark.both_cores]

ROOT = Path(__file__).parent.parent


def _run(store: Path, *arguments: str) -> Run:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "bench", "--benchmark-only"]
    done = subprocess.run(
        [*command, f"--swap-store={store}", *arguments],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    with closing(Journal(store)) as journal:
        return journal.run(journal.last_run() or "")


def _results(run: Run) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    def told(record: Record) -> tuple[str, str, Mapping[str, Any]]:
        return f"{record.cell.phase}[{record.cell.id}]", record.status, record.scores

    return map(told, run.records)


def test_every_suite_has_the_names_scores_and_verdicts_that_it_has_on_this_machine(tmp_path: Path) -> None:
    here = _run(tmp_path / "here")
    with ray_cluster() as cluster:
        there = _run(tmp_path / "there", cluster.engine)
    assert here.planned == there.planned
    assert len(here.planned) > 200
    assert list(_results(here)) == list(_results(there))
    assert {record.environment["engine"] for record in there.records if record.environment} == {"ray"}
    verdicts = [one for one in judge(here, there) if not one.excused]
    assert "incomparable" not in {one.kind for one in verdicts}
    assert {one.kind for one in verdicts if not one.metric.endswith(("_time", "_memory"))} == {"equivalent"}
