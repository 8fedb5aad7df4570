"""What is shown: tables, report files and the live line, from records made by hand and from whole runs."""

import csv
import json
import os
import pty
import re
import resource
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import DATA, LIGHT, Project, record, sample
from swapbench import Suite, SwapError
from swapbench.base import units
from swapbench.judge.standing import Standing
from swapbench.plan.cell import Cell, Row
from swapbench.plan.outline import Outline
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show import figures, files, text, winners
from swapbench.show.comparison import Comparison, comparisons
from swapbench.show.live import Live
from swapbench.show.summary import Summary, summarize
from swapbench.show.value import Column, Value

MIB = 2**20

OUTLINE = Outline.of(
    Suite(
        "mine",
        models={"lin": {"sklearn": "fake:Lin"}, "deep": {"torch": "fake:Deep"}},
        dataset="fake:load",
        metrics=["accuracy", "log_loss"],
    )
)


def _cell(model: str, backend: str, fold: int, wall_s: float, mebibytes: float, accuracy: float) -> Record:
    return record(
        model,
        backend,
        fold,
        scores={"accuracy": accuracy, "log_loss": 1 - accuracy},
        samples=(sample(wall_s, peak_memory_bytes=int(mebibytes * MIB)),),
        parameters=1234,
    )


LIN = [_cell("lin", "sklearn", fold, 0.010, 1.0, 0.90) for fold in range(2)]
DEEP = [_cell("deep", "torch", fold, 0.025, 1536.0, 0.95) for fold in range(2)]


def _summary(*records: Record, planned: list[Cell] | None = None) -> Summary:
    cells = [one.cell for one in records] if planned is None else planned
    return summarize(Run("20260101T000000-abcdef", (OUTLINE,), {str(cell): cell for cell in cells}, records))


def _comparison(*records: Record) -> Comparison:
    (comparison,) = comparisons(OUTLINE, records, [one.cell for one in records])
    return comparison


def _table(*records: Record) -> list[str]:
    return list(text.table(_comparison(*records), 200))


# Units


@pytest.mark.parametrize(
    ("value", "shown"),
    [(90.0, "90.0 s"), (1.234, "1.23 s"), (0.0123, "12.3 ms"), (0.000456, "456 us"), (1.2e-7, "0.120 us")],
)
def test_times_have_three_digits_and_a_unit_that_fits(value: float, shown: str) -> None:
    assert units.seconds(value) == shown


@given(st.floats(1e-9, 1e5))
def test_a_time_that_is_read_back_is_within_one_percent(value: float) -> None:
    number, unit = units.seconds(value).split()
    read = float(number.replace(",", "")) * {"s": 1.0, "ms": 1e-3, "us": 1e-6}[unit]
    assert read == pytest.approx(value, rel=0.01, abs=1e-12)


@pytest.mark.parametrize(("value", "shown"), [(5, "0:05"), (75, "1:15"), (3599.6, "1:00:00"), (3675, "1:01:15")])
def test_durations_are_written_as_on_a_clock(value: float, shown: str) -> None:
    assert units.duration(value) == shown


def test_memory_ratios_and_scores_are_short() -> None:
    assert units.mebibytes(1.5 * MIB) == "1.5 MiB"
    assert units.ratio(1.5) == "1.50x"
    assert units.score(0.95, None) == "0.9500"
    assert units.score(0.95, 0.01) == "0.9500 ± 0.0100"


# Tables


def test_a_table_says_what_was_compared_and_how() -> None:
    assert _table(*LIN, *DEEP)[0] == ("mine on data, quick, 2 folds, 1 thread, slot exclusive (ratios to lin-sklearn)")


def test_a_table_has_a_row_a_model_and_backend_in_declared_order() -> None:
    title, headings, rule, *rows = _table(*DEEP, *LIN)
    assert headings.split("  ")[0] == "model"
    assert set(rule) == {"-"}
    assert [row.split()[:2] for row in rows] == [["lin", "sklearn"], ["deep", "torch"]]
    assert title.startswith("mine")


def test_values_carry_their_ratio_to_the_reference_and_a_star_where_they_are_shown_to_be_best() -> None:
    """Two folds without results by example show nothing of a score, however far apart."""
    lin, deep = _table(*LIN, *DEEP)[3:]
    assert " ".join(lin.split()) == (
        "lin sklearn 10.0 ms 1.00x * 1.0 MiB 1.00x * 1,234 0.9000 [0.9000–0.9000] ≈ 0.1000 [0.1000–0.1000] ≈"
    )
    assert " ".join(deep.split()) == (
        "deep torch 25.0 ms 2.50x (2.50–2.50) 1,536.0 MiB 1,536x (1,462–1,614) 1,234 0.9500 [0.9500–0.9500] ≈ "
        "0.0500 [0.0500–0.0500] ≈"
    )


def test_figures_and_ratios_end_in_one_line_each_and_stars_stand_outside_it() -> None:
    lin, deep = _table(*LIN, *DEEP)[3:]
    columns = [("10.0 ms", "25.0 ms"), ("1.00x", "2.50x"), ("1.0 MiB", "1,536.0 MiB"), ("1,234", "1,234")]
    for left, right in columns:
        assert lin.index(left) + len(left) == deep.index(right) + len(right)


def test_a_column_is_as_wide_as_its_widest_text_and_lines_end_without_blanks() -> None:
    lines = _table(*LIN, *DEEP)
    assert all(line == line.rstrip() for line in lines)
    assert max(map(len, lines[1:])) <= len(lines[2])
    assert lines[1].index("backend") == lines[3].index("sklearn") == lines[4].index("torch")


def test_one_row_alone_is_no_winner() -> None:
    assert "*" not in "".join(_table(*LIN)[1:])


def test_rows_that_nothing_tells_apart_share_a_mark_and_nobody_has_the_star() -> None:
    equal = [_cell("deep", "torch", fold, 0.010, 1.0, 0.90) for fold in range(2)]
    rows = _table(*LIN, *equal)[3:]
    assert [row.count("≈") for row in rows] == [4, 4]
    assert "*" not in "".join(rows)


def test_a_table_without_its_reference_row_has_no_ratios() -> None:
    assert "x" not in "".join(_table(*DEEP)[3:])


def test_a_time_is_the_mean_over_folds_of_medians_and_ratios_are_of_what_is_shown() -> None:
    walls = {
        ("lin", "sklearn"): [(0.010, 0.011, 0.5), (0.040, 0.044, 0.048)],
        ("deep", "torch"): [(0.020, 0.022, 0.9), (0.050, 0.052, 0.054)],
    }
    records = [
        record(*row, fold=fold, samples=tuple(map(sample, times)))
        for row, folds in walls.items()
        for fold, times in enumerate(folds)
    ]
    first, second = (row.values["fit"] for row in _comparison(*records).rows)
    assert first.value == pytest.approx((0.011 * 0.044) ** 0.5)
    assert second.ratio == pytest.approx(second.value / first.value)


def test_memory_is_the_median_peak_of_the_rounds_of_a_phase() -> None:
    fit, predict = (tuple(sample(peak_memory_bytes=size * MIB) for size in sizes) for sizes in ((3, 7, 5), (2, 1)))
    comparison = _comparison(record(samples=fit), record(phase="predict", samples=predict))
    assert [column.name for column in comparison.columns if column.kind == "memory"] == ["fit memory", "predict memory"]
    values = comparison.rows[0].values
    assert (values["fit memory"].value, values["predict memory"].value) == pytest.approx((5 * MIB, 1.5 * MIB))


def test_times_without_a_slot_are_not_shown_whatever_became_of_other_cells() -> None:
    unslotted = replace(LIN[0], environment={"threads": 1, "slot": "none"})
    skipped = record("deep", "torch", status="skipped", reason="not installed", samples=(), environment={})
    comparison = _comparison(unslotted, skipped)
    assert [column.kind for column in comparison.columns if column.kind in ("time", "memory")] == ["memory"]
    assert "fit" not in comparison.rows[0].values
    assert "slot" in " ".join(figures.legend([comparison]))


@pytest.mark.parametrize(("loaded", "marked"), [(1, False), (2, True), (3, True)])
def test_a_time_that_rests_mostly_on_contaminated_rounds_is_marked(loaded: int, marked: bool) -> None:
    rounds = tuple(sample(contaminated=number < loaded) for number in range(4))
    comparison = _comparison(record(samples=rounds))
    assert ("!" in _table(record(samples=rounds))[-1]) is marked
    assert ("!" in " ".join(figures.legend([comparison]))) is marked


def test_a_row_of_which_cells_failed_shows_how_many_and_stands_on_the_others() -> None:
    failed = record("deep", "torch", 1, status="failed", reason="no", samples=(), scores={})
    headings, _, lin, deep = _table(*LIN, DEEP[0], failed)[1:]
    assert headings.split()[:3] == ["model", "backend", "cells"]
    assert lin.split()[2] == "2/2"
    assert deep.split()[2] == "1/2"
    assert "25.0 ms 2.50x" in deep


def test_a_row_of_which_nothing_ended_well_is_shown_empty() -> None:
    failed = record("deep", "torch", 0, status="failed", samples=(), scores={})
    assert _table(*LIN, failed)[-1].split() == ["deep", "torch", "0/1", "-", "-", "-", "-", "-"]


def test_the_cells_column_is_left_out_when_all_went_well() -> None:
    assert "cells" not in _table(*LIN, *DEEP)[1]


def test_no_cells_give_no_table() -> None:
    assert list(comparisons(OUTLINE, [], [])) == []


def test_cells_that_were_planned_and_did_not_run_count_as_not_done() -> None:
    (comparison,) = comparisons(OUTLINE, LIN, [one.cell for one in (*LIN, *DEEP)])
    assert [(row.name, row.done, row.planned) for row in comparison.rows] == [
        ("lin-sklearn", 2, 2),
        ("deep-torch", 0, 2),
    ]


def test_what_has_no_peak_to_speak_of_is_smaller_than_what_has() -> None:
    sizes = {("lin", "sklearn"): 0, ("deep", "torch"): 512 * MIB}
    records = [
        record(*row, samples=tuple(sample(peak_memory_bytes=size + 4096 * number) for number in range(3)))
        for row, size in sizes.items()
    ]
    values = [row.values["fit memory"] for row in _comparison(*records).rows]
    assert [value.best for value in values] == [True, False]


def test_times_that_rest_on_contaminated_rounds_are_in_no_contest() -> None:
    walls = {("lin", "sklearn"): 0.01, ("deep", "torch"): 0.5, ("wide", "torch"): 0.2}
    records = [
        record(*row, samples=tuple(sample(wall + n / 1e4, contaminated=row[0] == "wide") for n in range(5)))
        for row, wall in walls.items()
    ]
    outline = replace(OUTLINE, rows=tuple(Row(*row) for row in walls))
    (comparison,) = comparisons(outline, records, [one.cell for one in records])
    assert [row.values["fit"].mark for row in comparison.rows] == ["*", "", ""]
    assert ("wide-torch", "other load took part in half of the rounds of a fold or more") in comparison.standings[
        0
    ].unranked
    contaminated = [replace(one, samples=(sample(contaminated=True),) * 3) for one in records]
    (comparison,) = comparisons(outline, contaminated, [one.cell for one in records])
    assert [row.values["fit"].mark for row in comparison.rows] == ["", "", ""]
    assert len(comparison.standings[0].unranked) == len(walls)


# Who wins


def test_a_score_has_its_interval_or_of_too_few_folds_their_range() -> None:
    column = Column("accuracy", "score", "", "higher")
    interval = Value(0.9, low=0.85, high=0.9512345, best=True)
    span = Value(0.9, least=0.88, most=0.92, tied=True)
    assert figures.parts_of(column, interval) == ("0.9000", "(0.8500–0.9512)", "", "", "*")
    assert figures.parts_of(column, span) == ("0.9000", "[0.8800–0.9200]", "", "", "≈")
    assert figures.parts_of(column, Value(-0.1, low=-0.5, high=0.2))[1] == "(-0.5000 to 0.2000)"


def test_a_ratio_has_its_interval() -> None:
    value = Value(0.012, ratio=1.5, ratio_low=1.4, ratio_high=1.6, loaded=True)
    assert figures.parts_of(Column("fit", "time", "s", "lower"), value) == ("12.0 ms", "", "1.50x", "(1.40–1.60)", "!")


def test_the_legend_has_the_marks_that_occur_and_no_others() -> None:
    signs = ("( )", "[ ]", "*", "≈", "!")
    for value, expected in [
        (Value(1.0), set()),
        (Value(1.0, low=0.9, high=1.1, best=True), {"( )", "*"}),
        (Value(1.0, least=0.9, most=1.1, tied=True), {"[ ]", "≈"}),
        (Value(1.0, loaded=True), {"!"}),
    ]:
        table = _comparison(*LIN)
        table = replace(table, rows=(replace(table.rows[0], values={"fit": value}),))
        told = " ".join(figures.legend([table]))
        assert {sign for sign in signs if sign in told} == expected


def _standing(
    quantity: str, kind: Any, best: str, tied: tuple[str, ...] = (), beaten: tuple[str, ...] = ()
) -> Standing:
    return Standing(quantity, kind, "", best, tied, tuple((row, 0.001) for row in beaten))


def test_one_sentence_says_who_is_ahead_and_what_is_open() -> None:
    standings = (
        _standing("fit", "time", "a", beaten=("b", "c")),
        _standing("predict", "time", "a", beaten=("b", "c")),
        _standing("fit", "memory", "b", beaten=("a", "c")),
        _standing("accuracy", "score", "c", ("a", "b", "d", "e")),
        _standing("log_loss", "score", "a", beaten=("b", "c")),
    )
    told = winners.sentence(replace(_comparison(*LIN), standings=standings))
    assert told == (
        "mine on data: a is fastest in fit and predict and best in log_loss; b is smallest in fit; nothing shows which "
        "of c, a, b and 2 more is best in accuracy."
    )


def test_where_every_row_leads_none_is_named() -> None:
    comparison = _comparison(*LIN)
    rows = (comparison.rows[0],) * 5
    standings = (_standing("accuracy", "score", "c", ("a", "b", "d", "e")),)
    told = winners.sentence(replace(comparison, rows=rows, standings=standings))
    assert told == "mine on data: nothing shows which row is best in accuracy."


def test_what_took_no_part_in_a_contest_is_named_with_the_reason() -> None:
    loaded = replace(_standing("fit", "time", "a"), unranked=(("b", "other load took part"),))
    told = winners.sentence(replace(_comparison(*LIN), standings=(loaded,)))
    assert told == "mine on data: not ranked in fit time: b (other load took part)."


def test_one_row_alone_has_no_contest() -> None:
    assert winners.sentence(_comparison(*LIN)) is None


def test_every_format_says_who_is_ahead(tmp_path: Path) -> None:
    slow = [_cell("deep", "torch", fold, 9.0, 1.0, 0.95) for fold in range(2)]
    summary = _summary(*LIN, *slow)
    (comparison,) = summary.comparisons
    told = winners.sentence(comparison)
    assert told is not None
    for name in ("r.md", "r.json"):
        files.write(summary, tmp_path / name)
    content = json.loads((tmp_path / "r.json").read_text())["comparisons"][0]
    assert content["sentence"] == told
    assert content["standings"][0]["sentence"] == comparison.standings[0].sentence()
    assert f"<summary>{told}</summary>" in (tmp_path / "r.md").read_text()
    assert comparison.standings[0].sentence() in (tmp_path / "r.md").read_text()
    assert told in "\n".join(text.lines(summary, 1000))


# The summary


def test_a_summary_counts_cells_and_names_what_is_missing() -> None:
    skipped = record("deep", "torch", 0, status="skipped", reason="torch is not installed", samples=(), scores={})
    summary = _summary(*LIN, skipped, planned=[LIN[0].cell, LIN[1].cell, skipped.cell, DEEP[1].cell])
    lines = list(text.lines(summary))
    assert lines[-1] == "run 20260101T000000-abcdef: 4 cells: 2 ok, 1 skipped, 1 not run"
    assert any("did not run" in line and "mine: fit of deep-torch on data, fold 1" in line for line in lines)
    assert any("1 cell" in line and "torch is not installed" in line for line in lines)
    assert not summary.fine


def test_a_run_that_only_measured_and_skipped_is_fine() -> None:
    skipped = record("deep", "torch", 0, status="skipped", reason="torch is not installed", samples=(), scores={})
    assert _summary(*LIN, skipped).fine


@pytest.mark.parametrize("status", ["failed", "invalid", "crashed", "timeout", "oom"])
def test_a_run_with_a_cell_that_did_not_end_well_is_not_fine_and_says_why(status: str) -> None:
    bad = record("deep", "torch", 0, status=status, reason="it went wrong", samples=(), scores={})
    summary = _summary(*LIN, bad)
    assert not summary.fine
    assert summary.troubles == (f"mine: fit of deep-torch on data, fold 0: {status}, it went wrong.",)


def test_many_cells_that_went_wrong_for_one_reason_share_a_sentence() -> None:
    bad = [record("deep", "torch", fold, status="failed", reason="no", samples=(), scores={}) for fold in range(9)]
    (told,) = _summary(*LIN, *bad).troubles
    assert told.endswith("fold 2; and 6 cells more: 9 cells failed, no.")


@pytest.mark.parametrize(
    ("measured", "skipped", "outcome"),
    [
        (2, 0, "all 2 cells were measured"),
        (1, 0, "the cell was measured"),
        (2, 22, "2 of 24 cells measured, 22 skipped"),
        (0, 3, "nothing measured, 3 cells skipped"),
    ],
)
def test_the_outcome_never_says_all_of_what_was_skipped(measured: int, skipped: int, outcome: str) -> None:
    left = [record("deep", "torch", fold, status="skipped", reason="no", samples=()) for fold in range(skipped)]
    assert _summary(*(record(fold=fold) for fold in range(measured)), *left).outcome == outcome


def test_predictions_that_change_under_one_seed_are_noted() -> None:
    (note,) = _summary(record(deterministic=False), record(fold=1, deterministic=True)).notes
    assert note.startswith("Not deterministic")
    assert "fold 0" in note
    assert "fold 1" not in note


def test_cells_that_were_lost_with_what_measured_them_are_told_with_the_reason_and_no_batch() -> None:
    why = "the process that measured it (on machine 5bce) was killed"
    notes = _summary(record(attempts=({"options": {}, "reason": why},)), record(fold=1)).notes
    assert notes == (f"Begun once more because {why}: 1 cell: mine: fit of lin-sklearn on data, fold 0.",)


def test_a_smaller_batch_for_want_of_memory_is_noted_with_both_sizes() -> None:
    attempts = ({"options": {"batch_size": 32}, "reason": "MemoryError"},)
    environment = {"threads": 1, "slot": "exclusive", "batch_size": 16}
    fitted = record(attempts=attempts, environment=environment)
    given_up = record(fold=1, attempts=attempts, status="oom", reason="MemoryError", samples=())
    told, left = _summary(fitted, given_up).notes
    assert told == (
        "Tried again with smaller batches because memory ran out, batch size 16 and not 32: "
        "mine: fit of lin-sklearn on data, fold 0."
    )
    assert "down from batch size 32: mine: fit of lin-sklearn on data, fold 1." in left


def test_samples_that_others_contaminated_are_noted() -> None:
    marked = record(samples=(sample(contaminated=True), sample()))
    again = record(fold=1, discarded=(sample(contaminated=True, foreign_cpus=0.8, waited=0.3, slowdown=1.4),))
    told, kept = _summary(marked, again).notes
    assert "up to 0.80 of their cores" in told
    assert "up to 30% of their time" in told
    assert "up to 1.40 times as long" in told
    assert "1 round in 1 cell: mine: fit of lin-sklearn on data, fold 1." in told
    assert "1 round in 1 cell: mine: fit of lin-sklearn on data, fold 0." in kept


@given(
    st.floats(0, 1).map(lambda share: round(share, 3)),
    st.floats(0, 1).map(lambda share: round(share, 3)),
    st.floats(0.9, 2),
)
def test_of_other_load_only_that_is_told_which_was_seen(cpus: float, waited: float, slowdown: float) -> None:
    load = sample(contaminated=True, foreign_cpus=cpus, waited=waited, slowdown=slowdown)
    (told,) = _summary(record(discarded=(load,))).notes
    assert "up to 0%" not in told
    assert "up to 0.00" not in told
    assert not re.search(r"up to (0\.\d\d|1\.00) times", told)


# Files


@pytest.fixture
def summary() -> Summary:
    failed = record("deep", "torch", 1, status="failed", reason='ValueError: a | b, "c"', samples=(), scores={})
    return _summary(*LIN, DEEP[0], failed)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_markdown_holds_the_table_and_the_notes(summary: Summary, tmp_path: Path) -> None:
    files.write(summary, tmp_path / "r.md")
    lines = (tmp_path / "r.md").read_text().splitlines()
    headings, rule, lin, deep = (_cells(line) for line in lines if line.startswith("|"))
    assert headings == ["model", "backend", "cells", "fit time", "fit memory", "parameters", "accuracy", "log_loss"]
    assert rule == ["---", "---", *["---:"] * 6]
    assert lin[:4] == ["lin", "sklearn", "2/2", "10.0 ms 1.00x"]
    assert deep[2] == "1/2"
    titles = [line for line in lines if line.startswith("### ")]
    assert titles == ["### Did not go well", "### mine on data, quick, 2 folds, 1 thread, slot exclusive"]
    assert any(line.startswith("- ") and "ValueError: a | b" in line for line in lines)
    assert lines[-1] == "Run 20260101T000000-abcdef: 4 cells: 3 ok, 1 failed."


def test_csv_has_a_line_a_round_and_reads_back(summary: Summary, tmp_path: Path) -> None:
    files.write(summary, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 4
    assert all(None not in row for row in rows)
    assert [row["status"] for row in rows] == ["ok", "ok", "ok", "failed"]
    assert {float(row["wall_s"]) for row in rows[:2]} == {0.010}
    assert int(rows[2]["peak_memory_bytes"]) == 1536 * MIB
    assert float(rows[0]["accuracy"]) == 0.9
    assert rows[3]["reason"] == 'ValueError: a | b, "c"'
    assert rows[3]["wall_s"] == rows[3]["accuracy"] == ""


def test_csv_numbers_the_rounds_of_a_cell(tmp_path: Path) -> None:
    files.write(_summary(record(samples=(sample(1.0), sample(2.0)))), tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(newline="") as lines:
        assert [(row["round"], float(row["wall_s"])) for row in csv.DictReader(lines)] == [("0", 1.0), ("1", 2.0)]


def test_json_holds_everything_and_its_records_read_back(summary: Summary, tmp_path: Path) -> None:
    files.write(summary, tmp_path / "r.json")
    content = json.loads((tmp_path / "r.json").read_text())
    assert [Record.from_json(json.dumps(one)) for one in content["records"]] == list(summary.records)
    lin, deep = content["comparisons"][0]["rows"]
    assert (lin["cells_done"], deep["cells_done"], deep["cells_planned"]) == (2, 1, 2)
    assert deep["values"]["fit"]["ratio"] == pytest.approx(2.5)
    assert content["notes"] == [*summary.troubles, *summary.notes]
    assert content["missing"] == []


@pytest.mark.parametrize("ending", ["md", "csv", "json", "html"])
def test_an_older_record_that_holds_no_text_is_shown_by_its_numbers(tmp_path: Path, ending: str) -> None:
    failed = record(status="failed", reason="nothing in donn\udce9es.csv", samples=())
    files.write(_summary(failed), tmp_path / f"r.{ending}")
    assert r"nothing in donn\udce9es.csv" in (tmp_path / f"r.{ending}").read_text()


def test_a_report_that_cannot_be_written_whole_leaves_the_one_before(summary: Summary, tmp_path: Path) -> None:
    (tmp_path / "r.html").write_text("the one before")
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
    try:
        with pytest.raises(SwapError, match=r"r\.html: the report could not be written \(File too large\)"):
            files.write(summary, tmp_path / "r.html")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"r.html": "the one before"}


@pytest.mark.parametrize("name", ["report.xlsx", "report", "no/such/folder.md", ""])
def test_a_path_that_cannot_be_written_is_refused_before_anything_is_measured(tmp_path: Path, name: str) -> None:
    with pytest.raises(SwapError, match=r"^--swap-report "):
        files.check(tmp_path / name, "--swap-report")


# The live line


def test_the_live_line_counts_cells_and_names_what_runs() -> None:
    live = Live(total=4, started=100.0)
    live.begin("fit[a]")
    assert live.line(100.0, 80) == "0/4 cells | fit[a]"
    live.end("fit[a]")
    live.begin("fit[b]")
    live.begin("fit[c]")
    assert live.line(125.0, 80) == "1/4 cells, 1:15 left | fit[b] | fit[c]"


def test_the_live_line_tells_no_time_left_at_the_end() -> None:
    live = Live(total=1, started=0.0)
    live.begin("fit[a]")
    live.end("fit[a]")
    assert live.line(9.0, 80) == "1/1 cells"


def test_the_live_line_says_what_each_node_does() -> None:
    live = Live(total=9, started=0.0)
    live.begin("fit[a]")
    live.nodes = {"n1": ["fit[a]", "fit[b]"], "n2": ["predict[a]"]}
    assert live.line(0.0, 80) == "0/9 cells | n1: fit[a], fit[b] | n2: predict[a]"
    live.waiting = "node n1 is left out: its numpy is 1, and not 2"
    assert live.line(0.0, 80) == "0/9 cells | node n1 is left out: its numpy is 1, and not 2"


@given(st.integers(1, 200), st.lists(st.text("abc-", min_size=1, max_size=60), max_size=5))
def test_the_live_line_fits_the_terminal(width: int, running: list[str]) -> None:
    live = Live(total=9, started=0.0, done=3)
    for cell in running:
        live.begin(cell)
    line = live.line(30.0, width)
    assert len(line) <= width
    assert line.endswith("…") or line.startswith("3/9 cells, 1:00 left")


_MODEL = """
import time

class Nap:
    def fit(self, X, y):
        time.sleep(0.02)

    def predict(self, X):
        return X[:, 0] > 0
"""

_TEST = """
from swapbench import Suite
from light import LIGHT

(test_fit,) = Suite("naps", models={"nap": {"python": "model:Nap"}}, **LIGHT, folds=3, phases=["fit"]).tests()
"""


@pytest.fixture
def naps(tmp_path: Path) -> Project:
    return Project(tmp_path).write(data=DATA, light=LIGHT, model=_MODEL, test_naps=_TEST)


def _on_a_terminal(project: Project, *arguments: str, term: str = "xterm") -> str:
    """Run the benchmarks under a pseudo-terminal and return all that it was sent."""
    ours, theirs = pty.openpty()
    variables = {name: value for name, value in project.environment.items() if name != "CI"}
    process = subprocess.Popen(
        project.command("--benchmark-only", "--swap-rounds=1", *arguments),
        cwd=project.folder,
        env={**variables, "TERM": term, "COLUMNS": "100"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b""
    with suppress(OSError):  # the kernel's word for "the other end is closed"
        while data := os.read(ours, 4096):
            sent += data
    os.close(ours)
    assert process.wait(60) == 0, sent.decode()
    return sent.decode()


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.both_cores)])
def test_a_terminal_is_shown_a_live_line_that_wipes_itself(naps: Project, workers: str) -> None:
    sent = _on_a_terminal(naps, "-n", workers)
    lines = re.findall(r"\x1b\[2K([^\x1b]*)\x1b\[1A", sent)
    assert any(re.match(r"\d/3 cells.* \| fit\[nap-python-data-fold\d\]", line) for line in lines)
    assert lines[-1] == ""
    assert "3 cells: 3 ok" in sent


def test_a_dumb_terminal_is_shown_no_live_line(naps: Project) -> None:
    assert "\x1b[2K" not in _on_a_terminal(naps, term="dumb")


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.both_cores)])
def test_output_that_is_no_terminal_has_no_control_codes(naps: Project, workers: str) -> None:
    done = naps.measured("--swap-rounds=1", "-n", workers, TERM="xterm")
    assert "3 cells: 3 ok" in done.stdout
    assert re.search(r"^Name .*Median +IQR +Rounds *$", done.stdout, re.MULTILINE)
    assert "\x1b" not in done.stdout + done.stderr
    assert "/3 cells" not in done.stdout
