"""Resuming: which run goes on, under which options, and from which journals."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from helpers import LongAgo, environment
from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell
from swapbench.plugin import resuming
from swapbench.plugin.choices import Choices
from swapbench.plugin.options import LAST
from swapbench.plugin.resuming import start
from swapbench.record.journal import Journal
from swapbench.record.underway import hold

_OLD_JOURNAL = """
CREATE TABLE runs (id TEXT PRIMARY KEY, started TEXT NOT NULL);
CREATE TABLE planned (
    run TEXT NOT NULL, cell TEXT NOT NULL, test TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (run, cell)
) WITHOUT ROWID;
CREATE TABLE outlines (run TEXT NOT NULL, suite TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (run, suite));
CREATE TABLE records (
    run TEXT NOT NULL, cell TEXT NOT NULL, key TEXT NOT NULL, status TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (run, cell)
);
INSERT INTO runs VALUES ('old', '2026-01-01T00:00:00+00:00');
INSERT INTO planned VALUES ('old', '{"backend": "b", "dataset": "d", "fold": 0, "model": "m", "phase": "fit",
    "profile": "quick", "suite": "s"}', 'test_a', 0);
"""

_OPEN_TOGETHER = """
import multiprocessing, sys
from pathlib import Path
from swapbench.base.error import SwapError
from swapbench.record.journal import Journal
from swapbench.record.underway import hold

def open_all(barrier):
    for number in range(150):
        barrier.wait()
        try:
            Journal(Path(str(number))).close()
        except SwapError as error:
            print(error, flush=True)

barrier = multiprocessing.get_context("fork").Barrier(4)
processes = [multiprocessing.get_context("fork").Process(target=open_all, args=(barrier,)) for _ in range(4)]
for process in processes:
    process.start()
for process in processes:
    process.join()
"""


def _begun(folder: Path, settings: dict[str, object]) -> Journal:
    """Return a journal with one run, `first`."""
    journal = Journal(folder)
    journal.begin("first", settings)
    return journal


def _options(resume: str | None = LAST, **changes: object) -> SimpleNamespace:
    experiment = {"profile": "quick", "folds": None, "seed": 0, "gate": False, **changes}
    return SimpleNamespace(resume=resume, experiment=lambda: experiment, settings=SimpleNamespace(store="here"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"profile": "standard"}, "with --swap-profile quick, and this one is asked for with --swap-profile standard"),
        ({"folds": 2}, "with no --swap-folds, and this one is asked for with --swap-folds 2"),
        ({"seed": 1}, "with --swap-seed 0, and this one is asked for with --swap-seed 1"),
        ({"gate": True}, "with no --swap-gate, and this one is asked for with --swap-gate"),
    ],
)
def test_another_experiment_is_not_resumed(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with (
        closing(_begun(tmp_path, _options().experiment())) as journal,
        pytest.raises(SwapError, match=f"run first was measured {told}, which is another experiment"),
    ):
        start(cast(Choices, _options(**changes)), journal, "new")


def test_the_run_that_is_resumed_is_the_last_or_the_one_that_is_named(tmp_path: Path) -> None:
    settings = _options().experiment()
    with closing(_begun(tmp_path, settings)) as journal:
        journal.begin("second", settings)
    with closing(Journal(tmp_path)) as journal:
        assert start(cast(Choices, _options()), journal, "new").run == "second"
        assert start(cast(Choices, _options("first")), journal, "new").run == "first"
        assert start(cast(Choices, _options(None)), journal, "new").resumed is False
        with pytest.raises(SwapError, match="has no run 'third'; known are first, second"):
            start(cast(Choices, _options("third")), journal, "new")
    with pytest.raises(SwapError, match="--swap-resume=first: there is no journal in here"):
        start(cast(Choices, _options("first")), None, "new")


def test_the_last_run_is_the_one_that_began_last_whatever_the_clock_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been set back since the one before."""
    with closing(_begun(tmp_path, {})) as journal:
        monkeypatch.setattr("swapbench.record.journal.datetime", LongAgo)
        journal.begin("second", {})
        assert (journal.last_run(), journal.runs()) == ("second", ["first", "second"])


def test_a_run_that_is_being_measured_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sessions would measure the same cells, and each would say that all went well."""
    monkeypatch.setattr(resuming, "_PATIENCE_S", 0.3)
    _begun(tmp_path, _options().experiment()).close()
    with closing(Journal(tmp_path)) as journal:
        other = hold(tmp_path, "first")
        with pytest.raises(SwapError, match="run first is being measured; resume it when it has ended"):
            start(cast(Choices, _options("first")), journal, "new")
        threading.Timer(0.1, os.close, [other]).start()  # one that was killed ends by itself
        assert start(cast(Choices, _options("first")), journal, "new").run == "first"


def test_a_journal_from_before_schemas_is_read_and_its_runs_are_not_resumed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as old:
        old.executescript(_OLD_JOURNAL)
    with closing(Journal(tmp_path)) as journal:
        assert journal.run("old").planned == {"test_a": Cell("s", "m", "b", "d", 0, "fit", "quick")}
        with pytest.raises(SwapError, match="run old does not say with which options it was measured"):
            start(cast(Choices, _options()), journal, "new")
    Journal(tmp_path).close()


def test_a_journal_of_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    Journal(tmp_path).close()
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(
        SwapError, match=r"journal\.sqlite has schema 99, and this swapbench knows those up to 2; update"
    ):
        Journal(tmp_path)


def test_workers_may_open_a_new_journal_at_the_same_moment(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _OPEN_TOGETHER],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.splitlines() == []
