"""What is kept of runs: listed, shown cell by cell, forgotten, and cleared away when it is old."""

import json
import os
import shutil
import tempfile
import time
from contextlib import closing, nullcontext, suppress
from datetime import datetime
from pathlib import Path

import pytest

from helpers import LongAgo
from swapbench.commands.main import main
from swapbench.plan.cell import Cell
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.store import JOURNAL

SAMPLE = {
    "wall_s": 0.25,
    "walls": [0.25],
    "cpu_s": 0.2,
    "cold_s": None,
    "peak_memory_bytes": 3 * 2**20,
    "absolute_peak_bytes": 2**26,
    "device_memory_bytes": None,
    "foreign_cpus": 0.3,
    "waited": 0.2,
    "contaminated": True,
    "elapsed_s": 1.5,
}


def cell(model: str) -> Cell:
    return Cell("toy", model, "python", "data", 0, "fit", "quick")


def record(model: str, status: str = "ok") -> Record:
    return Record(
        cell(model),
        f"key of {model}",
        status,
        samples=(SAMPLE,),
        scores={"accuracy": 0.75},
        parameters=1234,
        environment={"threads": 1, "versions": {"numpy": "2.4"}},
        output="it said so\nand so",
    )


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the runs `old` and `new`, of two cells each, seen from a folder below the one that has it."""
    folder = tmp_path / ".benchmarks" / "swapbench"
    with closing(Journal(folder)) as journal:
        for run, clock in (("old", LongAgo), ("new", datetime)):
            monkeypatch.setattr("swapbench.record.journal.datetime", clock)
            journal.begin(run, {})
            journal.plan(run, [], [(f"bench/test_toy.py::test_fit[{name}]", cell(name)) for name in ("tree", "forest")])
            journal.write(run, record("tree"))
        journal.write("new", record("forest", "failed"))
    (tmp_path / "bench").mkdir()
    monkeypatch.chdir(tmp_path / "bench")
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> str:
    assert main(arguments) == status
    out, err = capsys.readouterr()
    return out if status == 0 else err


def test_a_cell_that_was_withdrawn_is_not_counted(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Journal(store)) as journal:
        journal.withdraw("new", [cell("forest")])
    assert "new  quick  toy  1 cell: 1 ok" in told(capsys, "runs").splitlines()


@pytest.mark.usefixtures("store")
def test_runs_are_listed_from_any_folder_below_the_one_that_has_the_store(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "runs").splitlines() == [
        "old  quick  toy  2 cells: 1 ok",
        "new  quick  toy  2 cells: 1 failed, 1 ok",
    ]
    assert [run["statuses"] for run in json.loads(told(capsys, "runs", "--json"))] == [
        {"ok": 1},
        {"failed": 1, "ok": 1},
    ]


def test_store_and_baseline_are_where_the_settings_of_the_project_say(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store.rename(tmp_path / "kept")
    (tmp_path / "pyproject.toml").write_text('[tool.swapbench]\nstore = "kept"\nbaseline = "held.json"\n')
    assert "new" in told(capsys, "runs")
    told(capsys, "accept", "--partial")
    assert (tmp_path / "held.json").exists()


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("words", [["bench/test_toy.py::test_fit[tree]"], ["tree"], ["toy", "tree", "fit"]])
def test_one_cell_is_shown_in_full(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    shown = told(capsys, "show", *words)
    for part in ("toy: fit of tree-python on data, fold 0: ok", "run          new", "250 ms", "peak 3.0 MiB"):
        assert part in shown
    for part in ("others had 30% of its cores", "1,234", "0.75", "numpy 2.4", "    it said so\n    and so\n"):
        assert part in shown
    assert json.loads(told(capsys, "show", "--json", *words))["scores"] == {"accuracy": 0.75}


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(("words", "said"), [(["toy"], "2 cells have 'toy'"), (["bush"], "no cell has 'bush'")])
def test_words_that_name_no_cell_or_several_are_answered_with_the_names(
    capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    (line,) = told(capsys, "show", *words, status=2).splitlines()
    assert said in line
    assert "toy: fit of tree-python on data, fold 0; toy: fit of forest-python" in line


def test_the_run_that_is_reported_is_the_one_that_began_last_whatever_the_clock_said(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("swapbench.record.journal.datetime", LongAgo)
    with closing(Journal(store)) as journal:
        journal.begin("newest", {})
        journal.plan("newest", [], [("test_toy.py::test_fit[tree]", cell("tree"))])
        journal.write("newest", record("tree"))
    assert json.loads(told(capsys, "report", "--json"))["run"] == "newest"
    assert [one["run"] for one in json.loads(told(capsys, "runs", "--json"))] == ["old", "new", "newest"]


def test_a_run_is_forgotten_with_its_records_and_an_unknown_one_takes_none_along(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no run 'odl'; known are old, new" in told(capsys, "forget", "new", "odl", status=2)
    assert told(capsys, "forget", "new") == "1 run forgotten, 2 records.\n"
    with closing(Journal(store)) as journal:
        assert journal.runs() == ["old"]
        assert len(journal.records("old")) == 1


@pytest.mark.parametrize("command", [["forget", "20250101T000000-aaaaaa"], ["gc", "--days=0"]])
def test_a_run_under_way_loses_nothing(store: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Journal(store)) as journal:
        journal.begin("20250101T000000-aaaaaa", {})
        journal.write("20250101T000000-aaaaaa", record("a"))
        assert main(command) == 2
        assert "20250101T000000-aaaaaa is being measured" in capsys.readouterr().err
        assert "20250101T000000-aaaaaa" in journal.runs()
    assert main(command) == 0


def test_a_journal_without_runs_has_nothing_to_report(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Journal(store)) as journal:
        journal.forget(journal.runs())
    assert main(["report"]) == 2
    assert "its journal holds no run; measure first" in capsys.readouterr().err


def test_what_is_old_is_cleared_away_but_the_last_run_and_what_is_still_used(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, days in (("data-old", 40), ("data-new", 1)):
        entry = store / "cache" / name
        entry.mkdir(parents=True)
        (entry / "X.npy").write_bytes(bytes(2**20))
        entry.with_name(f"{name}.lock").touch()  # as whoever made it leaves it
        then = time.time() - days * 86400
        os.utime(entry, (then, then))
    would = json.loads(told(capsys, "gc", "--dry-run", "--json"))
    assert (would["runs"], would["entries"]) == (["old"], ["data-old"])
    assert (store / "cache" / "data-old").exists()
    assert told(capsys, "gc") == "1 run and 1 of what the cache holds, 1.0 MiB, removed.\n"
    assert not (store / "cache" / "data-old").exists()
    assert (store / "cache" / "data-new").exists()
    assert told(capsys, "gc", "--days", "0") == "0 runs and 1 of what the cache holds, 1.0 MiB, removed.\n"
    assert "new" in told(capsys, "runs")


@pytest.mark.skipif(os.getuid() != 0, reason="only root can take another user's place")
@pytest.mark.parametrize("measuring", [False, True], ids=["at rest", "while it is measured"])
def test_who_may_only_read_a_store_reads_it_and_is_told_where_it_would_be_written(
    store: Path, capsys: pytest.CaptureFixture[str], measuring: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(store, other := Path(folder) / "other")
        Path(folder).chmod(0o755)
        reads = [[*command, "--store", str(other)] for command in (["runs"], ["report"], ["show", "tree"])]
        expected = "".join(told(capsys, *command) for command in reads)
        with closing(Journal(other)) if measuring else nullcontext() as journal:
            if journal is not None:
                journal.write("old", record("tree"))  # as a run does meanwhile, whose log is open then
            child = os.fork()
            if child == 0:
                code = 1
                with suppress(BaseException):
                    os.setgid(65534)
                    os.setuid(65534)
                    found = "".join(told(capsys, *command) for command in reads)
                    refusal = told(capsys, "forget", "old", "--store", str(other), status=2)
                    can_only = f"The journal {other / JOURNAL} can only be read by this user; name another folder"
                    code = 0 if found == expected and can_only in refusal else 1
                os._exit(code)
            assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("damage", [b"no database at all" * 100, None], ids=["replaced", "torn"])
@pytest.mark.parametrize("command", [["runs"], ["report"], ["show", "tree"], ["accept"], ["forget", "new"], ["gc"]])
def test_a_damaged_journal_is_told_in_one_line(
    store: Path, capsys: pytest.CaptureFixture[str], command: list[str], damage: bytes | None
) -> None:
    path = store / JOURNAL
    whole = path.read_bytes()
    path.write_bytes(damage or whole[:4096] + bytes(len(whole) - 4096))
    (line,) = told(capsys, *command, status=2).splitlines()
    assert str(path) in line
    assert "damaged" in line


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", [["report", "-o"], ["compare", "new", "new", "--report"]])
def test_a_report_that_cannot_be_written_is_bad_input_and_not_worse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    (tmp_path / "full.md").symlink_to("/dev/full")
    (line,) = told(capsys, *command, str(tmp_path / "full.md"), status=2).splitlines()
    assert "full.md: the report could not be written (No space left on device)." in line


def test_the_version_and_every_exit_status_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, words in (
        (["--version"], "0.1.0"),
        (["--help"], "3 inconclusive"),
        (["compare", "--help"], "3 inc"),
    ):
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert ended.value.code == 0
        assert words in capsys.readouterr().out
