"""The instrument's readers, and files as it writes them."""

import contextlib
import io
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from fuzzing.changes import COMMANDS, as_json, changed_bytes, changed_values
from fuzzing.reader import Reader
from helpers import record, sample
from swapbench.base import content, packing
from swapbench.base.error import SwapError
from swapbench.commands.main import main
from swapbench.plan import table, tolerance
from swapbench.plan.cell import Row
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Rule, Tolerance
from swapbench.plugin.brought import record_of
from swapbench.record import document
from swapbench.record.journal import Journal
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.run import cache
from swapbench.show import files, page, text
from swapbench.show.summary import summarize

_PACKED = packing.pack([True, False, True] * 10)
_ROWS = (Row("lin", "sklearn"), Row("mlp", "torch"))
_OUTLINE = Outline(
    "mine",
    _ROWS,
    ("data",),
    ("fit", "predict"),
    (ScoreOutline("accuracy", "", "higher", (0.0, 1.0)),),
    (Rule("accuracy", Tolerance(absolute=0.01)), Rule("fit_time", Tolerance(0.005, 0.1), "lin")),
    "lin-sklearn",
)


def _record(model: str, backend: str, fold: int, phase: str, **changes: Any) -> Record:
    values: dict[str, Any] = {
        "scores": {"accuracy": 0.9 + fold / 100},
        "examples": {"accuracy": _PACKED},
        "samples": tuple(sample(1.0 + number / 10, together=f"{number}", models=1, stopped="") for number in range(3)),
        "parameters": 100,
        "flops_per_example": 1e6,
        "train_examples": 60,
        "test_examples": 30,
        "retested": {"1": 3},
        "groups": packing.pack(range(30)),
        "seeded": True,
        "predictions_sha256": "0" * 64,
        "trainings": (
            {"seed": 1, "scores": {"accuracy": 0.8}, "examples": {"accuracy": _PACKED}, "predictions_sha256": "1" * 64},
        ),
        "environment": {
            "threads": 1,
            "slot": "exclusive",
            "cpus": [0],
            "workers": 1,
            "seed": 0,
            "engine": "local",
            "machine": {"cpu": "fast", "cores": 2},
            "versions": {"python": "3.11"},
            "batch_size": 32,
            "folds": 2,
            "data": "0" * 64,
        },
        "source": {"commit": "c0ffee" * 7, "date": "2026-01-01T00:00:00+00:00", "dirty": False, "title": "so be it"},
        "output": "what it printed\n",
        "started": "2026-01-01T00:00:00+00:00",
        "ended": "2026-01-01T00:00:09+00:00",
    }
    return record(model, backend, fold, phase, **{**values, **changes})


def _run(name: str, started: str, more: float = 0.0) -> Run:
    samples = {"samples": tuple(sample(1.0 + more + number / 10, models=1, stopped="") for number in range(3))}
    records = [
        _record(*row[:2], fold, phase, **samples) for phase in ("fit", "predict") for row in _ROWS for fold in (0, 1)
    ]
    failed = {"status": "oom", "reason": "no memory", "samples": (), "scores": {}, "examples": {}}
    attempts = ({"options": {"batch_size": 64}, "reason": "no memory"},)
    records[-1] = _record("mlp", "torch", 1, "predict", **failed, attempts=attempts)
    return Run(name, (_OUTLINE,), {str(one.cell): one.cell for one in records}, tuple(records), started)


def _told(*arguments: str) -> None:
    """Run a command, and raise what it refuses; whatever it prints a terminal may be told."""
    out, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        status = main(arguments)
    for line in (out.getvalue() + errors.getvalue()).splitlines():
        assert not COMMANDS.search(line), f"a terminal is told {line!r:.100}"
        assert not line.lstrip().startswith("::"), f"CI is told {line!r:.100}"
    if status == 2:
        raise SwapError(errors.getvalue())


# Reports and baselines


def _reports(folder: Path) -> Sequence[Path]:
    path = folder / "report.json"
    files.write(summarize(_run("20260101T000000-abcdef", "2026-01-01T00:00:00+00:00")), path)
    return [path]


def _benchmarks(folder: Path) -> Sequence[Path]:
    """Write what pytest-benchmark would save: an entry of ours, and one of somebody's own."""
    (folder / "benchmarks").mkdir()
    path = folder / "benchmarks" / "0001.json"
    stats = {"min": 1.0, "q1": 1.1, "median": 1.2, "q3": 1.3, "rounds": 3, "data": [1.0, 1.2, 1.3]}
    ours = _record("lin", "sklearn", 0, "fit").extra_info()
    entries = [
        {"name": "test_fit[lin]", "fullname": "bench/test_mine.py::test_fit[lin]", "extra_info": ours, "stats": stats},
        {"name": "test_own", "fullname": "bench/test_own.py::test_own", "extra_info": {}, "stats": stats},
        {"name": "x", "fullname": "x", "extra_info": {"companion_of": "test_fit[lin]"}, "stats": stats},
    ]
    values = {
        "benchmarks": entries,
        "machine_info": {"node": "n", "machine": "x86_64", "cpu": {"brand_raw": "fast"}},
        "commit_info": {"id": "c0ffee", "time": "2026-01-01T00:00:00", "dirty": False},
        "datetime": "2026-01-01T00:00:00",
    }
    path.write_bytes(as_json(values))
    return [path]


_ENDINGS = (".md", ".csv", ".json")


def _compared(path: Path) -> None:
    """Read a run, and do with it whatever commands do, as its user would see it."""
    other, reports = path.parent / "other.json", [f"--report={path.parent / 'out'}{ending}" for ending in _ENDINGS]
    if not other.exists():
        other.write_text(document.text_of(_run("before", "2025-12-31T00:00:00+00:00", 0.1), {}))
    _told("report", str(path))
    _told("report", str(other), str(path), "--baseline", str(other))
    _told("show", "fit", "fold 0", "lin", "--run", str(path))
    _told("compare", str(path), str(other))
    _told("compare", str(other), str(path), *reports)
    page._text(page.content(summarize(document.read(path))))  # all of a page that is not the same in each
    _told("merge", str(path), "-o", str(path.parent / "merged.json"))


# The journal


def _journals(folder: Path) -> Sequence[Path]:
    with closing(Journal(folder / "store")) as journal:
        for number in range(2):
            run = _run(f"run{number}", "")
            journal.begin(run.name, {"profile": "quick", "folds": 2})
            journal.plan(run.name, run.outlines, run.planned.items())
            for one in run.records:
                journal.write(run.name, one)
    with closing(sqlite3.connect(folder / "store" / "journal.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")  # all of it in one file
    return [folder / "store" / "journal.sqlite"]


def _read_journal(path: Path) -> None:
    store = path.parent
    with closing(Journal(store)) as journal:
        journal.digests()
        for name in journal.runs():
            journal.settings(name)
            run = journal.run(name)
            journal.latest(run.planned.values())
            for one in run.records:
                journal.finished(name, one.cell, one.key)
        last = journal.last_run()
        if last is not None:
            list(text.lines(summarize(journal.run(last))))
            journal.begin(last, {})
            journal.write(last, _record("lin", "sklearn", 0, "fit"))
    for beside in store.iterdir():
        if beside != path and beside.is_file():
            beside.unlink()


_ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
_SCHEMAS = (
    f"DROP TABLE records; CREATE VIEW records AS {_ENDLESS} i AS run, '' AS cell, 'ok' AS status, '' AS body FROM n",
    f"DROP TABLE runs; CREATE VIEW runs AS {_ENDLESS} i AS id, i AS started, '' AS settings FROM n",
    "CREATE TRIGGER t AFTER INSERT ON records BEGIN UPDATE runs SET id = '../../outside/made'; END",
    f"CREATE TRIGGER t BEFORE INSERT ON records BEGIN {_ENDLESS} count(*) FROM n; END",
    "DROP TABLE records; CREATE TABLE records (run, cell, key, status, body AS (hex(zeroblob(40000000))))",
    "UPDATE records SET body = hex(zeroblob(40000000)) WHERE rowid = 1",
    "UPDATE records SET body = zeroblob(10)",
    "UPDATE records SET body = NULL",
    "UPDATE planned SET cell = NULL",
    "UPDATE planned SET cell = '[]'",
    "UPDATE runs SET settings = 5",
    "UPDATE runs SET settings = '[1]'",
    "UPDATE runs SET started = NULL",
    "UPDATE runs SET id = '../../outside/made'",
    "UPDATE runs SET id = char(27) || '[2J'",
    "UPDATE outlines SET body = 'null'",
    "UPDATE outlines SET body = CAST(x'ff' AS TEXT)",
    "PRAGMA user_version = 0",
    "PRAGMA user_version = 9",
    "DROP TABLE outlines",
    "PRAGMA encoding = 'UTF-16'",
    "PRAGMA page_size = 512; VACUUM",
)
# Tables with the column that has JSON, and one that tells its rows apart.
_BODIES = (
    *(("records", "body", "rowid"),) * 2,
    ("outlines", "body", "rowid"),
    ("planned", "cell", "position"),
    ("runs", "settings", "rowid"),
)


@st.composite
def _changed_journal(draw: st.DrawFn, whole: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Draw a journal whose pages, tables or values were changed."""
    kind = draw(st.integers(0, 9))
    if kind < 3:
        return draw(changed_bytes(whole, others))
    connection = sqlite3.connect(":memory:")
    with closing(connection):
        connection.deserialize(whole)
        with contextlib.suppress(sqlite3.Error):
            if kind == 3:
                connection.executescript(f"PRAGMA writable_schema = ON; {draw(st.sampled_from(_SCHEMAS))}")
            else:
                _change_value(draw, connection)
            connection.commit()
        return connection.serialize()


def _change_value(draw: st.DrawFn, connection: sqlite3.Connection) -> None:
    """Change one of the texts of JSON in a journal."""
    table, column, place = draw(st.sampled_from(_BODIES))
    rows = connection.execute(f"SELECT {place}, {column} FROM {table}").fetchall()  # noqa: S608  # our own words
    at, body = draw(st.sampled_from(rows))
    changed = as_json(draw(changed_values(json.loads(body)))).decode(errors="replace")
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {place} = ?", (changed, at))  # noqa: S608  # as above


# Values of records


def _packed_files(folder: Path) -> Sequence[Path]:
    made = {"bits": packing.pack([True, False] * 50), "numbers": packing.pack([1.5, 2.5] * 20)}
    for name, body in made.items():
        (folder / name).write_text(body)
    return [folder / name for name in made]


@st.composite
def _changed_packed(draw: st.DrawFn, whole: bytes, others: Sequence[bytes] = ()) -> bytes:
    import base64

    if draw(st.booleans()):
        return draw(changed_bytes(whole, others))
    size, count = (
        draw(st.sampled_from([(0, 0), (10, 80), (2**28, 2**31), (2**28, 2**26), (2**20, 2**23)])),
        draw(st.integers(0, 2**40)),
    )
    raw = _bomb(size[0])
    said = draw(st.sampled_from([size[1], count, "9" * 5000, "-1", "1_0"]))
    return f"{draw(st.sampled_from('bfx'))}{said}:{base64.b64encode(raw).decode()}".encode()


def _bomb(size: int, known: dict[int, bytes] = {}) -> bytes:  # noqa: B006  # made once
    import zlib

    if size not in known:
        packing_, block = zlib.compressobj(9), bytes(2**20)
        known[size] = (
            b"".join(packing_.compress(block[: min(2**20, size - at)]) for at in range(0, size, 2**20))
            + packing_.flush()
        )
    return known[size]


def _unpacked(path: Path) -> None:
    packing.unpack(path.read_text(encoding="latin-1"))


def _record_files(folder: Path) -> Sequence[Path]:
    path = folder / "record.json"
    path.write_text(_record("lin", "sklearn", 0, "fit").to_json())
    return [path]


_JOB: Any = SimpleNamespace(
    cell=_record("lin", "sklearn", 0, "fit").cell,
    key="k",
    rounds=3,
    request=SimpleNamespace(metrics=[{"name": "accuracy"}], phase={"scored": True}),
)


def _read_record(path: Path) -> None:
    """Take what an engine has brought, and show it."""
    one = record_of(_JOB, [content.values(path.read_bytes())], path.name)
    run = Run("run", (_OUTLINE,), {"test": one.cell}, (one,), "")
    list(text.lines(summarize(run)))
    one.extra_info()
    one.to_json()


# Tables


def _tolerances(folder: Path) -> Sequence[Path]:
    path = folder / "tolerances.toml"
    path.write_text(
        '[mine]\naccuracy = 0.01\nfit_time = "5%"\n[mine.lin]\nfit_time = {absolute = 0.5, relative = "5%"}\n'
        "[mine.lin.sklearn]\naccuracy = 1e-3\n"
    )
    return [path]


def _read_tolerances(path: Path) -> None:
    names = tolerance.Names.of(("accuracy", "fit_time"), _ROWS)
    for suite, one in tolerance.read_table(path).items():
        for rule in tolerance.rules(one, names, f"{path}, suite {suite}"):
            rule.tolerance.limit(1.0)
            rule.tolerance.in_words(1.0, "s")
            json.dumps(asdict(rule), allow_nan=False)


def _settings(folder: Path) -> Sequence[Path]:
    path = folder / "pyproject.toml"
    path.write_text(
        '[project]\nname = "x"\n[tool.swapbench]\nprofile = "quick"\nfolds = 2\nseed = 1\nmemory-limit = "1G"\n'
        'store = "kept"\nbaseline = "baseline.json"\nreport = ["a.md", "b.html"]\nstrict = true\ntimeout = 1.5\n'
    )
    return [path]


def _read_settings(path: Path) -> None:
    table.arguments(path.parent, [])
    table.path_of(path.parent, "store")


# The cache


def _cached(folder: Path) -> Sequence[Path]:
    import numpy as np

    def build(place: Path) -> None:
        cache.write_arrays(place, {"X": np.arange(12.0).reshape(6, 2), "y": np.arange(6) % 2})

    made = cache.Cache(folder / "cache").make("key", build)
    return [made / name for name in ("description.json", "X.npy", "seal.json")]


def _read_cached(path: Path) -> None:
    kept = cache.Cache(path.parents[1])
    cache._intact(path.parent)
    for array in cache.read_arrays(kept.entry("key")).values():
        array.sum() if array.dtype.kind in "iuf" and array.size < 10**6 else None


READERS = {
    "report, compared": Reader(_reports, _compared, (SwapError,)),
    "pytest-benchmark's file, compared": Reader(_benchmarks, _compared, (SwapError,)),
    "journal": Reader(_journals, _read_journal, (SwapError,), _changed_journal),
    "results of examples": Reader(
        _packed_files, _unpacked, (ValueError,), _changed_packed, named=False, mib=512, links=False
    ),
    "an engine's record": Reader(_record_files, _read_record, (SwapError, ValueError), named=False, links=False),
    "tolerances.toml": Reader(_tolerances, _read_tolerances, (SwapError,)),
    "pyproject.toml": Reader(_settings, _read_settings, (SwapError,)),
    "cache entry": Reader(_cached, _read_cached, (SwapError,), named=False),
}
