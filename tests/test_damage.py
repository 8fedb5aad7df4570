"""Damage: a journal whose file is not as it was written is told, mended where that can be, and never believed."""

import json
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from faults.damage import flipped
from faults.journals import every_byte
from faults.victim import Truth, Victim
from helpers import record, unwrapped
from sandbox import Sandbox
from swapbench.commands.main import main
from swapbench.plan.outline import Outline
from swapbench.plan.suite import Suite
from swapbench.record.journal import Journal
from swapbench.record.run import Run
from swapbench.record.salvage import salvage
from swapbench.record.store import JOURNAL

RECORDS = [record(f"m{number}", scores={"accuracy": 0.5}) for number in range(12)]
SUITE = Suite("mine", models={"m0": {"sklearn": "a:b"}}, dataset="a:load", metrics=["accuracy"])


@pytest.fixture
def truth(tmp_path: Path) -> Truth:
    """A run of twelve cells that has ended, in a store of its own."""
    store = tmp_path / "truth" / ".benchmarks" / "swapbench"
    with closing(Journal(store)) as journal:
        journal.begin("first", {"rounds": 3})
        journal.plan("first", [Outline.of(SUITE, ())], [(f"test[{one.cell.model}]", one.cell) for one in RECORDS])
        for one in RECORDS:
            journal.write("first", one)
        run = journal.run("first")
    return Truth(tmp_path / "truth", run, {}, run)


@pytest.fixture
def store(truth: Truth) -> Path:
    return truth.folder / ".benchmarks" / "swapbench"


def _read(store: Path) -> Run:
    with closing(Journal(store)) as journal:
        return journal.run(journal.last_run() or "")


def test_a_flipped_bit_or_a_missing_end_is_never_read_as_something_else(truth: Truth, tmp_path: Path) -> None:
    victim = Victim(tmp_path / "victim", random.Random(0), number=5)  # noqa: S311  # places, not secrets
    assert every_byte(victim, truth, 256) == 2 * 2 * 8192 / 256


def _in_a_score(store: Path) -> None:
    """Make another score of one, as a single bit does."""
    path = store / JOURNAL
    content = path.read_bytes()
    path.write_bytes(flipped(content, content.index(b'"accuracy": 0.5') + 14, 0))


def test_a_score_that_was_changed_is_told_and_measured_again(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _in_a_score(store)
    assert main(["report", "--store", str(store)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"The journal {store / JOURNAL} is damaged (a row of its records is not as it was written)" in line
    assert "`swapbench recover` keeps what is whole" in line
    with closing(Journal(store)) as journal:
        found = [journal.finished("first", one.cell, "k") for one in RECORDS]
        assert found.count(None) == 1
        journal.write("first", RECORDS[found.index(None)])
        assert journal.run("first").records == tuple(RECORDS)


def test_a_plan_that_was_changed_is_entered_anew_when_its_run_goes_on(store: Path, truth: Truth) -> None:
    path = store / JOURNAL
    content = path.read_bytes()
    path.write_bytes(flipped(content, content.index(b"test[m3]") + 6, 0))
    with closing(Journal(store)) as journal:
        journal.plan("first", truth.run.outlines, truth.run.planned.items())
        assert {*journal.planned("first").items()} == {*truth.run.planned.items()}


def _zeroed(store: Path, block: int) -> None:
    path = store / JOURNAL
    content = path.read_bytes()
    path.write_bytes(content[: block * 512] + bytes(512) + content[(block + 1) * 512 :])


@pytest.mark.parametrize("damage", [_in_a_score, lambda store: _zeroed(store, 0), lambda store: _zeroed(store, 40)])
def test_recover_keeps_all_that_is_whole_and_the_damaged_file(
    store: Path, damage: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    damage(store)
    damaged = (store / JOURNAL).read_bytes()
    assert main(["recover", "--store", str(store), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["damaged"]).read_bytes() == damaged
    kept = _read(store).records
    assert all(one in RECORDS for one in kept)
    assert len(RECORDS) - len(kept) <= 3
    assert told["rows"]["records"] == len(kept)
    _in_a_score(store)
    assert main(["recover", "--store", str(store)]) == 0
    assert "records are whole and kept; the damaged file is damaged-2.sqlite" in unwrapped(capsys.readouterr().out)


def test_a_whole_journal_is_left_alone_and_one_without_seals_is_not_called_worthless(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (store / JOURNAL).read_bytes()
    assert main(["recover", "--store", str(store)]) == 0
    assert "it is whole; there is nothing to recover." in unwrapped(capsys.readouterr().out)
    assert (store / JOURNAL).read_bytes() == before
    (store / JOURNAL).write_bytes(before[:60] + (1).to_bytes(4, "big") + bytes(8192))
    assert main(["recover", "--store", str(store)]) == 2
    assert "was written before rows were sealed" in unwrapped(capsys.readouterr().err)


def test_all_rows_are_found_however_many_pages_their_tables_have(tmp_path: Path) -> None:
    cells = [replace(RECORDS[0].cell, model=f"model{number}") for number in range(300)]
    with closing(Journal(tmp_path)) as journal:
        journal.begin("first", {})
        journal.plan("first", [], [(str(cell), cell) for cell in cells])
        for cell in cells:
            journal.write("first", replace(RECORDS[0], cell=cell))
    assert salvage(tmp_path / JOURNAL).rows == {"runs": 1, "planned": 300, "records": 300}


def test_what_is_recovered_of_a_killed_run_has_what_its_log_has(truth: Truth, tmp_path: Path) -> None:
    with closing(Journal(tmp_path / "killed")) as journal:
        journal.begin("first", {})
        for one in RECORDS:
            journal.write("first", one)
        (tmp_path / "left").mkdir()
        for name in (JOURNAL, f"{JOURNAL}-wal"):
            (tmp_path / "left" / name).write_bytes((tmp_path / "killed" / name).read_bytes())
    assert main(["recover", "--store", str(tmp_path / "left")]) == 0
    assert len(_read(tmp_path / "left").records) == len(RECORDS)


def test_nothing_that_is_whole_is_told_and_nothing_is_replaced(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (store / JOURNAL).write_bytes(bytes(8192))
    assert main(["recover", "--store", str(store)]) == 2
    assert "holds nothing that is whole; move it away, and measure anew." in capsys.readouterr().err
    assert (store / JOURNAL).read_bytes() == bytes(8192)


def test_a_journal_that_is_written_is_not_recovered(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Journal(store)) as journal:
        journal.begin("second", {})
        assert main(["recover", "--store", str(store)]) == 2
    assert "Run second is being measured; recover the journal when it has ended." in capsys.readouterr().err


def test_a_journal_that_says_it_is_older_than_it_is_is_damaged(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(sqlite3.connect(store / JOURNAL)) as journal:
        journal.execute("PRAGMA user_version = 0")
    assert main(["runs", "--store", str(store)]) == 2
    assert "is damaged (it says that its schema is 0)" in capsys.readouterr().err


def test_a_journal_from_before_seals_is_sealed_as_it_is(store: Path, truth: Truth) -> None:
    with closing(sqlite3.connect(store / JOURNAL)) as old:
        for table in ("runs", "planned", "outlines", "records"):
            old.execute(f"ALTER TABLE {table} DROP COLUMN seal")
        old.execute("PRAGMA user_version = 1")
    assert _read(store) == truth.run
    _in_a_score(store)
    with closing(Journal(store)) as journal:
        assert [journal.finished("first", one.cell, "k") for one in RECORDS].count(None) == 1


VANDAL = """
from pathlib import Path
import numpy as np
from fake import Majority

class Vandal(Majority):
    def fit(self, X, y):
        super().fit(X, y)
        (path,) = Path(".benchmarks/swapbench/cache").glob("data-*/X.npy")
        np.save(path, -np.abs(np.load(path)))  # however often
"""


def test_prepared_data_that_is_changed_while_cells_are_measured_is_made_anew(sandbox: Sandbox) -> None:
    sandbox.write(vandal=VANDAL)
    models = {"vandal": {"python": "vandal:Vandal"}, "sign": {"python": "fake:Sign"}}
    sandbox.suite("toy", models=models, phases=["fit"])
    run = sandbox.measure("--swap-fold=0")
    assert run.status == 0, run.output
    assert [record.scores["accuracy"] > 0.7 for record in run.records if record.cell.model == "sign"] == [True]
