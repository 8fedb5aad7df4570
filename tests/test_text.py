"""What is printed: it fits the terminal, no number and no name is broken, and nothing in it commands the terminal."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_benchmark.session import BenchmarkSession
from rich.cells import cell_len

from helpers import record, sample
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Rule, Tolerance
from swapbench.plugin.seam import FannedSession
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show import figures, text, verdicts
from swapbench.show.grid import Column, grids
from swapbench.show.ink import coloured, plain
from swapbench.show.paragraph import shortened, wrapped
from swapbench.show.summary import Summary, summarize

WIDTHS = (80, 100, 160)
LONG = "a_model_whose_name_has_exactly_sixty_four_characters_as_some_do_"
NAMES = ["lin", LONG, "模型" * 8, "[bold]:smile:[/bold]", "x" * 63 + "y"]
SCORES = tuple(ScoreOutline(name, "", "higher") for name in ("accuracy", "macro_f1", "log_loss"))


def _measured(model: str, number: int) -> list[Record]:
    """Two phases over two folds, the second with scores; each row differs from the others by orders of magnitude."""
    scores = dict.fromkeys((score.name for score in SCORES), 1 / (number + 3))
    return [
        record(
            model, "a_backend", fold, phase, scores if phase == "predict" else {}, parameters=10**number, samples=rounds
        )
        for phase in ("fit", "predict")
        for fold in range(2)
        for rounds in [(sample(3.21e-5 * 10**number * (1 + fold / 9), peak_memory_bytes=2**20 * 7**number),)]
    ]


def _summary(names: list[str], *more: Record) -> Summary:
    records = [*(one for number, name in enumerate(names) for one in _measured(name, number)), *more]
    rows = tuple(dict.fromkeys(one.cell.row for one in records))
    rules = (Rule("accuracy", Tolerance(absolute=0.01)),)
    outline = Outline("mine", rows, ("data",), ("fit", "predict"), SCORES, rules, f"{names[0]}-a_backend")
    run = Run("20260101T000000-abcdef", (outline,), {str(one.cell): one.cell for one in records}, tuple(records))
    why = "worse by more than 10%: 1.5x (1.4x to 1.6x), p = 1.3e-05"
    verdicts = tuple(
        Verdict(kind, one.cell, (0, 1), "fit_time", why, 0.0123, 98.7, "s", effect=1.5, fails=kind == "regressed")
        for one, kind in zip(records, ("regressed", "improved") * len(records), strict=False)
    )
    return summarize(run, Gate("main.json", verdicts, ("A note of some words on how all these were reached.",)))


def _all(summary: Summary, width: int) -> list[str]:
    assert summary.gate is not None
    return [*text.lines(summary, width), *verdicts.table(summary.gate.verdicts, width)]


@pytest.mark.parametrize("width", WIDTHS)
def test_every_line_fits_and_no_number_or_name_is_broken(width: int) -> None:
    failed = record(LONG, "torch", status="failed", reason="ValueError: " + "some words " * 30, samples=(), scores={})
    summary = _summary(NAMES, failed)
    lines = _all(summary, width)
    assert [line for line in lines if cell_len(line) > width] == []
    shown = "\n".join(lines)
    for name in NAMES:
        assert name in shown
    (comparison,) = summary.comparisons
    for row in comparison.rows:
        for column in comparison.columns:
            for part in figures.parts_of(column, row.values.get(column.name)):
                assert any(part in line for line in lines), (row.name, column.name, part)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_grid_has_all_rows_and_together_they_have_all_columns(width: int) -> None:
    summary = _summary(NAMES)
    (comparison,) = summary.comparisons
    drawn = "\n".join(text.table(comparison, width)).split("\n\n")
    headings = [heading for grid in drawn for heading in re.split(r"\s{2,}", grid.splitlines()[-2 - len(NAMES)])]
    assert all(grid.count(name) >= 1 for grid in drawn for name in NAMES)
    for column in comparison.columns:
        assert sum(part.count(column.heading) for part in drawn) == 1, headings


def test_a_table_too_wide_becomes_times_and_memory_and_scores() -> None:
    (comparison,) = _summary(["lin", "deep"]).comparisons
    tables = [
        [line.split() for line in text.table(comparison, width) if line.startswith("model")] for width in (300, 160)
    ]
    assert len(tables[0]) == 1
    times, scores = tables[1]
    assert "memory" in times
    assert "accuracy" not in times
    assert scores == ["model", "backend", "accuracy", "macro_f1", "log_loss"]


_NAME = st.text(st.characters(exclude_categories=["C", "Z", "M"]), min_size=1, max_size=64)


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_listed_fits(width: int) -> None:
    rows = [(name, f"backend{number}") for name in NAMES for number in range(4)]
    datasets = [f"dataset{number}" for number in range(20)]
    suite: dict[str, Any] = {
        "name": "mine",
        "rows": rows,
        "datasets": datasets,
        "folds": 3,
        "phases": ["fit"],
        "cells": [{"dataset": own, "model": row[0], "backend": row[1]} for own in datasets for row in rows],
    }
    suite["estimate"] = {"seconds": 5000.0, "unmeasured": 7}
    lines = list(text.listed(suite, width))
    assert [line for line in lines if cell_len(line) > width] == []
    shown = [line.split() for line in lines]
    assert all(any(name in line for line in shown) for name in (*NAMES, "backend3", "dataset19;"))


@given(
    st.lists(_NAME, min_size=1, max_size=6, unique=True),
    st.lists(st.floats(0, 1e9).map("{:,.1f} MiB".format), min_size=1, max_size=7),
    st.integers(80, 200),
)
def test_any_names_and_figures_fit(names: list[str], values: list[str], width: int) -> None:
    columns = [Column(f"column{place}", [(value, "")] * len(names)) for place, value in enumerate(values)]
    blocks = list(grids(["model"], [[name] for name in names], columns, width))
    assert all(cell_len(line) <= width for lines in blocks for line in lines)
    assert all(any(value in line for lines in blocks for line in lines) for value in values)
    assert all(cell_len(name) > width or any(name in line for line in lines) for lines in blocks for name in names)


@given(st.lists(st.text("abc0123456789.", min_size=1, max_size=70), min_size=1, max_size=40), st.integers(80, 160))
def test_sentences_break_between_words_only(words: list[str], width: int) -> None:
    lines = wrapped(" ".join(words), width)
    assert " ".join(lines).split() == words
    assert all(len(line) <= width for line in lines)


@pytest.mark.parametrize("figure", ["12.3 ms", "0.9500 ± 0.0100", "p = 0.01", "1,234.5 MiB", "95 %"])
def test_a_figure_stays_with_its_unit_and_its_sign(figure: str) -> None:
    for width in range(20, 60):
        assert any(figure in line for line in wrapped(f"some words before it, {figure}, and some more after it", width))


def test_a_path_longer_than_a_line_is_left_whole_to_be_copied() -> None:
    assert "/folder" * 30 in "\n".join(wrapped(f"It is at {'/folder' * 30}, and nowhere else.", 80))


def test_reasons_are_one_paragraph_that_commands_no_terminal_and_ends_with_an_ellipsis() -> None:
    reason = "\x1b[31mred\x1b[0m\n  \tand\x07 more " + "words " * 10_000
    failed = record("deep", "torch", status="failed", reason=reason, samples=(), scores={})
    lines = _all(_summary(["lin"], failed), 80)
    assert any("failed, red and more words" in line for line in lines)
    assert sum(map(len, lines)) < 8_000
    assert any(line.endswith("…") for line in lines)
    assert not re.search(r"[\x00-\x1f]", "".join(lines))


@given(st.text(), st.integers(2, 80))
def test_what_is_shortened_is_no_longer_than_asked(given_text: str, size: int) -> None:
    assert len(shortened(given_text, size)) <= size


def test_colours_change_nothing_but_colours() -> None:
    summary = _summary(NAMES)
    assert summary.gate is not None
    inked = list(text.lines(summary, 100, coloured))
    bare = list(text.lines(summary, 100, plain))
    assert [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in inked] == bare
    assert "\x1b[" in "".join(inked)
    assert "\x1b" not in "".join(bare)


@pytest.mark.parametrize(
    ("chosen", "cells", "columns"),
    [
        (None, [True, True], ["median", "iqr", "rounds"]),
        (None, [True, False], ["min", "max"]),
        (["min", "max"], [True, True], ["min", "max"]),
    ],
)
def test_tables_of_pytest_benchmark_come_narrow_where_only_cells_of_suites_were_measured(
    chosen: list[str] | None, cells: list[bool], columns: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BenchmarkSession, "finish", lambda self: None)
    session: Any = object.__new__(FannedSession)
    session.config = SimpleNamespace(getoption={"benchmark_columns": chosen}.get)
    session.columns = ["min", "max"]
    session.benchmarks = [SimpleNamespace(extra_info={"cell": {}} if cell else {}) for cell in cells]
    session.finish()
    assert session.columns == columns
