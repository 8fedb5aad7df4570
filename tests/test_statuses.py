"""How a cell can end: every way is told apart, named and recorded, and none keeps the other cells from running."""

import pytest

from sandbox import Run, Sandbox
from swapbench import Backend
from swapbench.record.record import Record

BAD = """
import ctypes, os, signal, sys, time
import numpy as np

def last_words(text):
    print(text, file=sys.stderr, flush=True)

class Good:
    def fit(self, X, y): pass
    def predict(self, X): return np.zeros(len(X), int)

class Sleeping(Good):
    def fit(self, X, y):
        last_words("sleeping now")
        time.sleep(1000)

class Stubborn(Good):
    def fit(self, X, y):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)

class Raising(Good):
    def fit(self, X, y): raise ValueError("I will not learn this")

class Latin(Good):
    def fit(self, X, y): raise ValueError("nothing in " + os.fsdecode(b"donn\\xe9es.csv"))

class Undefined(Good):
    def predict(self, X): return np.full(len(X), np.nan)

class Hungry(Good):
    def fit(self, X, y):
        eaten = []
        while True:
            eaten.append(np.ones(1 << 20))

class Faulty(Good):
    def fit(self, X, y):
        last_words("about to read address 0")
        ctypes.string_at(0)

class Exiting(Good):
    def fit(self, X, y):
        last_words("I am off")
        os._exit(3)

class Closing(Good):
    def fit(self, X, y):
        os.closerange(0, 4096)

class Killed(Good):
    def fit(self, X, y):
        last_words("goodbye")
        os.kill(os.getpid(), signal.SIGKILL)
"""

KILLER = """
import os, signal
import psutil
from fake import Majority

class Killer(Majority):
    def fit(self, X, y):
        server = psutil.Process(os.getppid())
        server.parent().kill()
"""

ENDS = {
    "good": ("ok", ""),
    "sleeping": ("timeout", "did not finish within 2 s"),
    "stubborn": ("timeout", "did not finish within 2 s"),
    "raising": ("failed", "ValueError: I will not learn this"),
    "latin": ("failed", r"ValueError: nothing in donn\udce9es.csv"),
    "undefined": ("invalid", "predictions hold 30 of 30 values that are not finite"),
    "hungry": ("oom", "MemoryError"),
    "faulty": ("crashed", "signal 11 (SIGSEGV)"),
    "exiting": ("crashed", "exited with code 3"),
    "closing": ("crashed", "it closed the connection on which it would have answered"),
    "killed": ("crashed", "signal 9 (SIGKILL)"),
    "absent": ("skipped", "no_such_library is not installed; pip install no-such-library brings it"),
}
LAST_WORDS = {
    "sleeping": "sleeping now",
    "raising": "ValueError: I will not learn this",
    "exiting": "I am off",
    "killed": "goodbye",
}


REPORTS = [f"--swap-report=r.{ending}" for ending in ("md", "csv", "json", "html")]


@pytest.fixture(scope="module")
def runs() -> dict[tuple[str, ...], Run]:
    """The runs made so far, for all tests of this file."""
    return {}


@pytest.fixture
def ended(sandbox: Sandbox, spread: tuple[str, ...], runs: dict[tuple[str, ...], Run]) -> Run:
    """A run in which each model ends in a way of its own: in one process, and over two workers."""
    if spread not in runs:
        sandbox.write(bad=BAD)
        models = {name: {"python": f"bad:{name.title()}"} for name in ENDS if name != "absent"}
        models["absent"] = {"nowhere": "bad:Good"}
        nowhere = Backend("nowhere", "no_such_library", install="pip install no-such-library")
        sandbox.suite("ends", models=models, backends={"nowhere": nowhere}, phases=["fit"])
        runs[spread] = sandbox.measure(
            *spread, "--swap-fold=0", "--swap-timeout=2", "--swap-memory-limit=256M", *REPORTS
        )
    return runs[spread]


def by_model(run: Run) -> dict[str, Record]:
    return {record.cell.model: record for record in run.records}


def test_every_end_has_its_status_and_its_reason(ended: Run) -> None:
    found = by_model(ended)
    assert {name: record.status for name, record in found.items()} == {name: end[0] for name, end in ENDS.items()}
    assert [name for name, (_, reason) in ENDS.items() if reason not in found[name].reason] == []


def test_planned_cells_are_recorded_each_once(ended: Run) -> None:
    """Also under two workers, and although most of the children died."""
    assert [record.cell for record in ended.records] == list(ended.planned.values())
    assert [cell.model for cell in ended.planned.values()] == list(ENDS)


def test_the_run_fails_and_the_tally_counts_every_cell(ended: Run) -> None:
    assert ended.status == 1
    assert ended.outcomes.items() >= {"passed": 1, "failed": 10, "skipped": 1}.items()
    assert "12 cells: 1 ok, 2 timeout, 2 failed, 1 invalid, 1 oom, 4 crashed, 1 skipped" in ended.out


def test_a_cell_that_did_not_end_well_is_named_in_a_sentence(ended: Run) -> None:
    found = by_model(ended)
    for name in ENDS.keys() - {"good", "absent"}:
        told = f"ends: fit of {name}-python on data, fold 0: {found[name].status}, {found[name].reason}"
        assert ended.out.count(told) >= 2, "where the test failed, and in the summary"


def test_a_skipped_cell_says_how_to_get_its_library(ended: Run) -> None:
    assert "ends: 1 cell of nowhere skipped, no_such_library is not installed; pip install no-such-library" in ended.out


def test_the_others_are_measured_and_alone_have_numbers(ended: Run) -> None:
    assert [record.cell.model for record in ended.records if record.samples] == ["good"]
    assert [record.cell.model for record in ended.records if record.scores] == ["good"]
    rows = [line.split() for line in ended.out.splitlines() if " python " in line or " nowhere " in line]
    empty = {row[0] for row in rows if row[2:] == ["0/1", "-", "-", "-"]}
    assert empty == ENDS.keys() - {"good"}
    assert not [row for row in rows if "nan" in row]


def test_the_last_words_of_a_model_are_kept_and_shown(ended: Run) -> None:
    found = by_model(ended)
    assert [name for name, words in LAST_WORDS.items() if words not in found[name].output] == []
    assert [words for words in LAST_WORDS.values() if words not in ended.out] == []


def test_what_is_no_text_in_a_models_words_is_written_down_by_its_number(ended: Run) -> None:
    """As in the name of a file that is not UTF-8."""
    assert all("udce9es.csv" in (ended.folder / report.rpartition("=")[2]).read_text() for report in REPORTS)


def test_a_crash_leaves_its_last_words_and_the_stack_of_the_model(ended: Run) -> None:
    output = by_model(ended)["faulty"].output
    assert "about to read address 0" in output
    assert "Fatal Python error: Segmentation fault" in output
    assert "bad.py" in output


def test_skipped_cells_alone_do_not_fail_a_run(sandbox: Sandbox, spread: tuple[str, ...]) -> None:
    """A library that is not installed is a gap that is told; data that nobody needs then is not even loaded."""
    absent = Backend("nowhere", "no_such_library")
    sandbox.suite("gap", models={"model": {"nowhere": "fake:Sign"}}, backends={"nowhere": absent}, dataset="fake:none")
    run = sandbox.measure(*spread)
    assert run.status == 0
    assert "4 cells: 4 skipped" in run.out


@pytest.mark.both_cores
def test_a_killed_worker_costs_one_cell(sandbox: Sandbox) -> None:
    """The worker is killed while it measures: its cell is recorded as crashed, and another worker goes on."""
    sandbox.write(killer=KILLER)
    sandbox.suite(
        "loss", models={"major": {"python": "fake:Majority"}, "killer": {"python": "killer:Killer"}}, phases=["fit"]
    )
    run = sandbox.measure("-n2", "--swap-fold=0")
    assert {record.cell.model: record.status for record in run.records} == {"major": "ok", "killer": "crashed"}
    assert "loss: fit of killer-python on data, fold 0: crashed, the worker that measured it was killed" in run.out
    assert run.status == 1
