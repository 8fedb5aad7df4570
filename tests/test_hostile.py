"""Hostile files, one by one: what a stranger's pull request may bring, and what became of it before it was refused."""

import base64
import json
import os
import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import hostile_child
from fuzzing.changes import COMMANDS, npy
from helpers import DATA, LIGHT, Project, record, require
from library_process import Ask
from swapbench.base import packing
from swapbench.base.error import SwapError
from swapbench.commands.main import main
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.source import Source, source
from swapbench.plan.tolerance import Rule, Tolerance
from swapbench.record import document
from swapbench.record.journal import Journal
from swapbench.record.run import Run
from swapbench.run import cache
from swapbench.show import files
from swapbench.show.paragraph import one_line
from swapbench.show.summary import summarize
from swapbench_models import sealed
from swapbench_models.error import FamilyError

Values = dict[str, Any]
Change = Callable[[Values], object]


def report(path: Path, change: Change = lambda values: None, *, name: str = "lin") -> Path:
    """Write a report, in which a stranger may have changed something."""
    one = record(name, scores={"accuracy": 0.5}, examples={"accuracy": packing.pack([True, False])})
    scores = (ScoreOutline("accuracy", "", "higher", (0.0, 1.0)),)
    rules = (Rule("accuracy", Tolerance(absolute=0.01)),)
    outline = Outline("mine", (one.cell.row,), ("data",), ("fit",), scores, rules, one.cell.row.name)
    values = json.loads(document.text_of(Run("run", (outline,), {"test": one.cell}, (one,), "2026"), {}))
    change(values)
    path.write_text(json.dumps(values))
    return path


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return the one line in which a command refuses its input."""
    assert main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    return error


# Reports and baselines

SPOILED: dict[str, tuple[Change, str]] = {
    "a number beyond all floats": (
        lambda v: v["records"][0]["scores"].update(accuracy=10**400),
        "accuracy.* and not a finite number",
    ),
    "a count beyond all integers": (
        lambda v: v["records"][0].update(parameters=10**30),
        "parameters is 1000.* and not a whole number",
    ),
    "a training without predictions": (
        lambda v: v["records"][0].update(trainings=[{"seed": 1, "scores": {}}]),
        r"trainings\[0\]\.examples is lacking",
    ),
    "an environment nested deep": (
        lambda v: v["records"][0]["environment"].update(x=json.loads("[" * 100 + "]" * 100)),
        "nested more than 16 deep",
    ),
    "a direction that is none": (
        lambda v: v["outlines"][0]["scores"][0].update(better="sideways"),
        "better is 'sideways'",
    ),
    "bounds that are texts": (lambda v: v["outlines"][0]["scores"][0].update(bounds=["0", "1"]), r"bounds\[0\] is '0'"),
    "a tolerance that is a text": (
        lambda v: v["outlines"][0]["rules"][0].update(tolerance={"absolute": "x"}),
        "tolerance.absolute is 'x'",
    ),
    "a row of five names": (lambda v: v["outlines"][0].update(rows=[["a"] * 5]), "5 values and not 2 to 3"),
    "a moment that is a number": (lambda v: v.update(started=5), "started is 5 and not a text"),
    "no round of a cell that ended well": (
        lambda v: v["records"][0].update(samples=[]),
        "ended well and has no samples",
    ),
    "two records of one cell": (lambda v: v["records"].append(v["records"][0]), "two of its records are of one cell"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILED)
def test_a_report_with_a_spoiled_value_is_refused_by_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    change, why = SPOILED[name]
    path = report(tmp_path / "report.json", change)
    with pytest.raises(SwapError, match=why):
        document.read(path)
    assert str(path) in refused(capsys, "report", str(path))


def test_a_report_of_brackets_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    path.write_text("[" * 100_000)
    assert "nested too deep" in refused(capsys, "report", str(path))


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero"), Path.mkdir])
def test_what_never_ends_is_no_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path], None]
) -> None:
    make(tmp_path / "report.json")
    assert "it is no regular file" in refused(capsys, "report", str(tmp_path / "report.json"))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    with path.open("wb") as file:
        file.truncate(2**40)  # which takes no room on the disk
    assert "it has more than 1,073,741,824 bytes" in refused(capsys, "report", str(path))


def test_packed_results_do_not_fill_memory() -> None:
    """A megabyte of text would have become a gigabyte, and a hundred thousand characters of a count two."""
    bomb = base64.b64encode(zlib.compress(bytes(2**28))).decode()
    for text in (f"f8:{bomb}", f"b{2**31}:{bomb}", f"f{2**40}:{bomb}"):
        with pytest.raises(ValueError, match=r"bytes or more|at most"):
            packing.opened(text)
    with pytest.raises(ValueError, match="are more than"):
        packing.pack(np.zeros(2**25 + 1, bool))


def test_a_file_of_pytest_benchmark_is_shown_though_it_says_less(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stats = {"min": 1.0, "data": [1.0, 2.0]}
    entry = {"name": "test_own", "fullname": "bench/test_own.py::test_own", "extra_info": {}, "stats": stats}
    (tmp_path / "0001.json").write_text(json.dumps({"benchmarks": [entry]}))
    assert main(["show", "test_own", "--run", str(tmp_path / "0001.json")]) == 0
    assert "round 0" in capsys.readouterr().out


def test_of_a_machine_a_file_of_pytest_benchmark_says_what_a_report_can_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry = {"name": "test_own", "fullname": "bench/test_own.py::test_own", "stats": {"min": 1.0, "data": [1.0, 2.0]}}
    values = {"benchmarks": [entry], "machine_info": {"machine": float("nan")}}
    (tmp_path / "0001.json").write_text(json.dumps(values))
    told = refused(capsys, "report", str(tmp_path / "0001.json"), "-o", str(tmp_path / "new.json"))
    assert "is nan and not a finite number" in told


# Journals


@pytest.fixture
def store(tmp_path: Path) -> Path:
    with closing(Journal(tmp_path / "store")) as journal:
        journal.begin("run", {})
        journal.plan("run", [], [("test", record().cell)])
        journal.write("run", record())
    return tmp_path / "store"


_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
FORGED = {
    "a view without end": f"DROP TABLE runs; CREATE VIEW runs AS {_ENDLESS} SELECT i AS id, i AS started FROM n",  # noqa: S608
    "a trigger": "CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM runs; END",
    "a column that is computed": "DROP TABLE outlines; CREATE TABLE outlines (run, suite, body AS (hex(zeroblob(9))))",
    "a cell that is none": "UPDATE planned SET cell = '[]'",
    "a cell that is no text": "UPDATE planned SET cell = x'ff'",
    "a record of nests": f"UPDATE records SET body = '{'[' * 5000}'",  # noqa: S608
    "settings that are none": "UPDATE runs SET settings = '5'",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_journal_is_refused_in_a_sentence(store: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    with closing(sqlite3.connect(store / "journal.sqlite")) as connection:
        connection.executescript(FORGED[name])
    with pytest.raises(SwapError, match=r"journal\.sqlite is damaged"):
        _read(store)
    if name != "settings that are none":
        assert "is damaged" in refused(capsys, "report", "--store", str(store))


def test_a_journal_whose_schema_is_no_text_is_refused_in_a_sentence(store: Path) -> None:
    """SQLite's own sentence of it is none in UTF-8 either, of which Python's module makes another error."""
    path = store / "journal.sqlite"
    path.write_bytes(path.read_bytes().replace(b"suite TEXT NOT NULL", b"suite TEXT NOT N\xd5LL"))
    with pytest.raises(SwapError, match=r"journal\.sqlite is damaged"):
        _read(store)


def _read(store: Path) -> None:
    with closing(Journal(store)) as journal:
        journal.run("run")
        journal.settings("run")


def test_the_name_of_a_run_makes_no_file_elsewhere(store: Path) -> None:
    with closing(Journal(store)) as journal:
        for name in ("../../elsewhere", "/elsewhere", "", ".", "a/b", "a\0b"):
            with pytest.raises(SwapError, match="is no name of a run"):
                journal.begin(name, {})
    assert not (store.parent / "elsewhere").exists()


# The cache


@pytest.fixture
def entry(tmp_path: Path) -> Path:
    cache.write_arrays(tmp_path, {"X": np.arange(6.0)})
    return tmp_path


def test_a_description_leads_to_no_file_elsewhere(entry: Path) -> None:
    np.save(entry.parent / "elsewhere.npy", np.arange(6.0))
    told = cache.read_description(entry)
    (entry / "description.json").write_text(json.dumps({**told, "arrays": {"../elsewhere": told["arrays"]["X"]}}))
    with pytest.raises(SwapError, match="is damaged"):
        cache.read_arrays(entry)


@pytest.mark.parametrize("told", ["[]", "5", '{"sha256": "", "arrays": 5}', '{"arrays": {}}', "[" * 5000])
def test_a_description_that_is_none_is_refused(entry: Path, told: str) -> None:
    (entry / "description.json").write_text(told)
    with pytest.raises(SwapError, match="is damaged"):
        cache.read_arrays(entry)


@pytest.mark.parametrize("shape", ["(-1,)", "(" * 200 + ")" * 200, "5"])
def test_an_array_that_numpy_would_divide_by_zero_for_ends_no_process(entry: Path, shape: str) -> None:
    header = f"{{'descr': '|S0', 'fortran_order': False, 'shape': {shape}, }}"
    (entry / "X.npy").write_bytes(npy(header, bytes(48)))
    told = cache.read_description(entry)
    (entry / "description.json").write_text(json.dumps({**told, "arrays": {"X": {"shape": [-1], "dtype": "|S0"}}}))
    with pytest.raises(SwapError, match="is damaged"):
        cache.read_arrays(entry)


# Source

DEEP = {"signs": "-" * 100_000 + "1", "sums": "1" + " + 1" * 100_000, "attributes": "x" + ".a" * 50_000}


@pytest.mark.parametrize("name", DEEP)
def test_of_a_module_of_nests_nothing_is_known(tmp_path: Path, name: str) -> None:
    (tmp_path / "nests.py").write_text(DEEP[name])
    assert source(tmp_path / "nests.py") == Source()


# What is shown

NAMES = (
    "\x1b[2J\x1b]0;owned\x07lin",
    "lin\r::error::owned",
    "::error::owned",
    "##[error]lin",
    "\u202enil",
    "a\nb",
    "\x9b2J",
)


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_name_commands_a_terminal_or_ci(tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    def renamed(values: Values) -> None:
        (one,), (outline,) = values["records"], values["outlines"]
        one.update(status="failed", reason=name, samples=[], output=f"{name}\n{name}")
        outline["scores"][0].update(unit=name)

    path = report(tmp_path / "report.json", renamed, name=name)
    sound = report(tmp_path / "sound.json", name=name)
    for arguments in (["report"], ["report", "--baseline", str(sound)], ["show", "fit", "--run"]):
        main([*arguments, str(path)])
    main(["report", str(sound)])
    main(["compare", str(sound), str(path)])
    out, error = capsys.readouterr()
    assert "sklearn" in out
    for line in (out + error).split("\n"):
        assert not COMMANDS.search(line)
        assert not line.lstrip().startswith("::")
        assert "##[" not in line


LOUD = """
class Loud:
    def fit(self, X, y): raise ValueError(chr(27) + "]0;mine" + chr(7) + "::add-mask::x")
    def predict(self, X): return X[:, 0]
"""
LOUD_SUITE = """
from swapbench import Suite
from light import LIGHT

suite = Suite("mine", models={"loud": {"python": "loud:Loud"}}, folds=2, **LIGHT)
test_fit, test_predict = suite.tests()
"""


def test_what_a_model_raises_commands_no_terminal_in_pytests_own_part_either(tmp_path: Path) -> None:
    project = Project(tmp_path).write(loud=LOUD, data=DATA, light=LIGHT, test_mine=LOUD_SUITE)
    done = project.pytest("--benchmark-only", "--swap-rounds=1")
    assert done.returncode == 1
    assert "ValueError: ]0;mine" in done.stdout
    assert not set("\x1b\x07") & set(done.stdout)


def test_a_test_is_still_called_by_its_name() -> None:
    assert (
        one_line("bench/test_mine.py::test_fit[lin]: a [5] # note") == "bench/test_mine.py::test_fit[lin]: a [5] # note"
    )


def test_a_name_of_a_hundred_thousand_letters_is_cut_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It took minutes, letter by letter."""
    path = report(tmp_path / "report.json", name="a" * 100_000)
    assert main(["report", str(path)]) == 0
    assert "…" in capsys.readouterr().out


def test_a_spreadsheet_computes_nothing(tmp_path: Path) -> None:
    path = report(tmp_path / "report.json", name="=HYPERLINK(1)")
    files.write(summarize(document.read(path)), tmp_path / "report.csv")
    head, line = (tmp_path / "report.csv").read_text().splitlines()
    assert head.startswith("suite,model,")
    assert line.startswith("mine,'=HYPERLINK(1),sklearn,")


# The families

FORGED_RUNS = ("describes no run that this version knows", "is no mark of a fold", "is no table of predictions")


def test_a_checkpoint_of_a_hundred_thousand_tensors_is_not_read(torch: Ask, tmp_path: Path) -> None:
    """They have no value, and each took its time."""
    assert "is no checkpoint" in torch("hostile_child:checkpoint_of_many", tmp_path / "latest.safetensors")


@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")])
def test_what_never_ends_is_no_sealed_file(tmp_path: Path, make: Callable[[Path], None]) -> None:
    make(tmp_path / "run.json")
    with pytest.raises(FamilyError, match="no regular file"):
        sealed.read(tmp_path / "run.json")


def test_sealed_nests_are_refused(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text("[" * 5000)
    with pytest.raises(FamilyError, match="nested too deep"):
        sealed.read(tmp_path / "run.json")


def test_a_right_digest_makes_no_record_of_other_values(torch: Ask, tmp_path: Path) -> None:
    told = torch("hostile_child:can_record", tmp_path)
    assert [each.partition("(")[2].partition(")")[0] for each in told] == [
        "dataset is lacking",
        "dataset is []",
        "'x' is no field of Record",
    ]


def test_a_right_digest_makes_no_run_of_other_values(torch: Ask, tmp_path: Path) -> None:
    told = torch("hostile_child:video_run", tmp_path)
    assert all(why in each for why, each in zip(FORGED_RUNS, told, strict=True)), told


def test_graphs_whose_edges_lead_nowhere_are_built_anew(torch: Ask, tmp_path: Path) -> None:
    assert torch("hostile_child:forged_graphs", tmp_path)


def test_a_mark_leads_to_no_file_elsewhere(torch: Ask, tmp_path: Path) -> None:
    assert torch("hostile_child:marks", tmp_path) == ("it was read", "it was read")


def test_a_damaged_line_of_a_log_is_told_by_us_alone(torch: Ask, tmp_path: Path) -> None:
    assert torch("hostile_child:damaged_trc", tmp_path / "log.trc") == ""


def test_what_is_packed_does_not_fill_memory(torch: Ask, tmp_path: Path) -> None:
    told = torch("hostile_child:packed", tmp_path)
    assert "more than 1,048,576 bytes" in told[0]
    assert "more than 1,048,576 bytes" in told[1]
    assert "24 bytes for an array of shape (999999,)" in told[2]


def test_no_array_takes_the_place_of_a_method(torch: Ask, tmp_path: Path) -> None:
    assert "holds 'predict', which no fitting finds" in torch("hostile_child:stolen_method", tmp_path / "weights.npz")


def test_no_log_ends_the_process_fills_memory_or_leads_elsewhere(torch: Ask, tmp_path: Path) -> None:
    require("polars", "pyarrow", "fsspec")
    rows, panic, *elsewhere = torch("hostile_child:logs", tmp_path)
    assert "1,000,000 rows of 1 columns; make several of it" in rows
    assert "flags.parquet: polars cannot read it" in panic
    assert all("is neither a path nor an address that begins with" in each for each in elsewhere), elsewhere


def test_no_expression_takes_for_ever(torch: Ask) -> None:
    require("polars")
    slow = "(?P<year>(a+)+)(?P<month>(a+)+)(?P<day>(a+)+)$"
    assert torch("hostile_child:expression", slow) == ("", True)
    assert "iso_date_regex_pattern" in torch("hostile_child:expression", "(?P<year>a{100000})")[0]


def test_what_is_told_of_published_weights_is_of_its_kind(torch: Ask, tmp_path: Path) -> None:
    require("polars")
    told = torch("hostile_child:published_meta", tmp_path, Path(__file__).parent / "data" / "fingerprint" / "golden")
    assert all("meta.json" in each for each in told), told


def test_no_sentence_holds_a_password(torch: Ask) -> None:
    require("mlflow", "polars")
    told = torch("hostile_child:address", "http://me:my-password@127.0.0.1:9")
    assert "http://127.0.0.1:9 does not work" in told
    assert "my-password" not in told


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_no_name_commands_a_terminal_or_ci_by_a_familys_command(name: str) -> None:
    for told in hostile_child.printed(f"{name}\n{name}"):
        assert told.count("\n") >= 2
        for line in told.split("\n"):
            assert not COMMANDS.search(line)
            assert not line.lstrip().startswith("::")
            assert "##[" not in line
