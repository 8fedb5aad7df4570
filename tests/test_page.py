"""The page: the HTML report, as a file and as a real browser shows it."""

import json
import math
import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from browser import Browser, browser, program
from helpers import record, sample
from shown_runs import DEEP, FAILED, GATE, LIN, MID, RULES, RUN, SCORES, measured, outline, past, run_of, verdict
from swapbench.base import written
from swapbench.judge.gate import Gate
from swapbench.judge.history import histories
from swapbench.plan.cell import Cell
from swapbench.record.record import Record
from swapbench.record.run import Run
from swapbench.show import files, winners
from swapbench.show.page import page
from swapbench.show.summary import summarize

HOSTILE = "<script>alert(1)</script>"


# The file


def test_a_page_is_one_file_that_may_load_nothing() -> None:
    text = page(summarize(RUN, GATE))
    assert re.search(r"<(link|img|iframe|script[^>]*\ssrc)", text.partition('id="data"')[0]) is None
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    assert "default-src 'none'" in policy
    assert re.search(r"script-src 'sha256-[^']+'; style-src 'sha256-[^']+';", policy)
    assert "unsafe" not in policy


def test_the_data_in_a_page_has_no_markup_and_reads_back() -> None:
    text = page(summarize(run_of(measured(HOSTILE, "</script><!--", 0, 1.0, 0.5))))
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert "<" not in data
    (cell,) = json.loads(data)["cells"]
    assert (cell["model"], cell["backend"]) == (HOSTILE, "</script><!--")


def test_times_without_a_slot_are_left_out_and_the_rest_is_not() -> None:
    text = page(summarize(run_of(replace(LIN[0], environment={"slot": "none", "threads": 1}))))
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    (cell,) = json.loads(data)["cells"]
    assert not {"time", "times", "best"} & set(cell)
    assert len(cell["peaks"]) == 6


def test_a_page_is_hardly_more_than_its_data() -> None:
    text = page(summarize(RUN, GATE))
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.DOTALL)
    assert len(text.encode()) - len(data.encode()) < 100_000


@pytest.mark.long
def test_the_page_of_twenty_runs_of_two_thousand_cells_stays_small() -> None:
    runs = [large(number) for number in range(20)]
    text = page(summarize(runs[-1], histories=histories(runs)))
    assert len(text.encode()) < 6_000_000


def test_a_report_is_written_by_its_ending(tmp_path: Path) -> None:
    files.check(tmp_path / "r.html", "--report")
    files.write(summarize(RUN), tmp_path / "r.html")
    assert (tmp_path / "r.html").read_text().startswith("<!doctype html>")


def large(run: int = 0) -> Run:
    """Return 2,000 cells of 30 samples each, whose figures have as many digits as those of any other run."""
    draw = random.Random(run)  # noqa: S311  # nothing is secret
    samples = tuple(
        sample(0.0123 + draw.random() / 700, peak_memory_bytes=2**24 + 4096 * draw.randrange(99)) for _ in range(30)
    )
    scores = {"accuracy": draw.random(), "log_loss": draw.random()}
    return run_of(
        *(
            record(f"model{row}", backend, fold, phase, scores, dataset, samples=samples, key="0" * 64)
            for dataset in ("digits", "mnist")
            for phase in ("fit", "predict")
            for row in range(50)
            for backend in ("torch", "tensorflow")
            for fold in range(5)
        ),
        name=f"run{run:02d}",
        started=f"2026-01-{run + 1:02d}",
    )


# In a browser


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = program()
    if path is None and os.environ.get("CI"):
        pytest.fail("there is no Chromium, without which the page would go unproven")
    if path is None:
        pytest.skip("Chromium is not installed")
    with browser(path, tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Any]:
    """Return a function that opens a page; at the end nobody must have complained or asked for anything else."""
    path = tmp_path / "page.html"

    def opened(text: str, **window: Any) -> Browser:
        path.write_text(text, encoding="utf-8")
        chromium.open(path, **window)
        return chromium

    yield opened
    assert chromium.complaints == []
    assert chromium.requests == [path.as_uri()]


def texts(tab: Browser, selector: str) -> list[str]:
    nodes = f"[...document.querySelectorAll({json.dumps(selector)})]"
    found: list[str] = tab.run(f"{nodes}.map((node) => node.textContent.trim())")
    return found


def choose(tab: Browser, form: str, name: str, value: str) -> None:
    """Set a field as a user would."""
    tab.run(
        f"""(() => {{
          const field = document.getElementById({json.dumps(form)}).elements[{json.dumps(name)}];
          field.value = {json.dumps(value)};
          for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, {{ bubbles: true }}));
        }})()"""
    )


def drawn(tab: Browser, chart: str, kind: str = "marks") -> list[dict[str, Any]]:
    """Scroll to a chart, wait until it is drawn, and return its layers of a kind that have anything."""
    tab.run(f"document.getElementById('{chart}').scrollIntoView({{ block: 'center', behavior: 'instant' }})")
    tab.until(f"document.querySelector('#{chart} .drawing') !== null")
    told = tab.run(f"JSON.stringify(document.querySelector('#{chart} .plot').shown.layers)")
    return [layer for layer in json.loads(told) if layer["kind"] == kind and any(map(layer.get, _HOLDS))]


_HOLDS = ("marks", "boxes", "points", "spans", "names", "at", "asides")


def values(layer: dict[str, Any], axis: str = "x") -> list[float]:
    """Return where the marks of a layer are, along an axis."""
    return [mark[axis] for mark in layer["marks"]]


def hover(tab: Browser, chart: str, mark: dict[str, Any]) -> list[str]:
    """Move the mouse onto a mark of a chart, and return the lines that are told of it."""
    point(tab, "mouseMoved", *place_of(tab, chart, mark))
    return texts(tab, f"#{chart} .tip:not([hidden]) div")


def place_of(tab: Browser, chart: str, mark: dict[str, Any]) -> tuple[float, float]:
    """Return where in the window a mark is, from the axes of its chart."""
    about = tab.run(
        f"""(() => {{
          const plot = document.querySelector("#{chart} .plot");
          const {{ left, top }} = plot.getBoundingClientRect();
          const inner = plot.querySelector(".inner");
          const [right, down, width, height] = ["x", "y", "width", "height"].map((name) => inner[name].baseVal.value);
          return JSON.stringify({{ left: left + right, top: top + down, width, height, ...plot.shown, layers: [] }});
        }})()"""
    )
    room = json.loads(about)
    across, up = (share(room[axis], mark[axis]) for axis in "xy")
    down = up if room["y"].get("rows") else 1 - up
    return room["left"] + across * room["width"], room["top"] + down * room["height"]


def share(axis: dict[str, Any], value: float) -> float:
    """Return where a value is on an axis, from 0 to 1."""
    low, high, at = (math.log10(one) if axis.get("log") else one for one in (*axis["range"], value))
    return (at - low) / (high - low)


def point(tab: Browser, kind: str, x: float, y: float, button: str = "none") -> None:
    """Have the mouse do something at a place of the window."""
    held = {"none": 0, "left": 1}[button]
    tab.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, button=button, buttons=held, clickCount=1)


ROWS = "#matrix .row"


def column(tab: Browser, name: str) -> list[str]:
    place = [text.lower() for text in texts(tab, "#matrix thead th")].index(name) + 1
    return texts(tab, f"{ROWS} td:nth-child({place})")


def test_the_outcome_and_what_fails_come_first(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    assert texts(tab, "h1") == ["✕ Worse than allowed"]
    assert tab.run("document.title") == "swapbench: worse than allowed"
    assert any("Against main.json: 2 equivalent, 1 improved, 1 regressed" in text for text in texts(tab, "#told p"))
    assert texts(tab, ".problems li") == [
        "✕ regressed fit_time of mine: fit of mid-torch on data, fold 1: found regressed.",
        "✕ oom mine: fit of deep-jax on data, fold 0: no memory",
    ]


def test_a_run_without_a_baseline_is_told_by_how_its_cells_ended(show: Any) -> None:
    tab = show(page(summarize(run_of(*LIN))))
    assert texts(tab, "h1") == ["✓ All 3 cells were measured"]
    assert texts(tab, "#told p") == ["3 cells: 3 ok."]
    assert "Verdicts" not in texts(tab, "#nav a")
    assert tab.run("document.getElementById('verdicts').hidden && document.getElementById('history').hidden")


def test_the_table_lists_every_cell(show: Any) -> None:
    missing = measured("late", "torch", 0, 1.0, 0.5)
    planned = {**RUN.planned, "late": missing.cell}
    tab = show(page(summarize(replace(RUN, planned=planned), GATE)))
    assert texts(tab, "#count") == ["11 cells"]
    assert column(tab, "status") == [*["✓ ok"] * 9, "✕ oom", "∅ not run"]
    assert column(tab, "time")[0] == "10.2 ms"
    assert column(tab, "peak memory")[0] == "6.0 MiB"
    assert column(tab, "verdict")[:5] == ["= equivalent", "▲ improved", "? inconclusive", "-", "✕ regressed"]


def test_filters_reduce_the_table(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    choose(tab, "filters", "text", "TORCH mid")
    assert texts(tab, "#count") == ["3 of 10 cells"]
    assert column(tab, "model") == ["mid"] * 3
    choose(tab, "filters", "text", "")
    choose(tab, "filters", "verdict", "improved")
    assert column(tab, "fold") == ["1"]
    choose(tab, "filters", "model", "deep")
    assert texts(tab, ROWS) == []
    tab.run("document.querySelector('#filters button').click()")
    assert texts(tab, "#count") == ["10 cells"]


def test_columns_sort_by_click_and_by_key(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    heads = "[...document.querySelectorAll('#matrix th button')]"
    button = f"{heads}.find((node) => node.textContent === 'time')"
    tab.run(f"{button}.click()")
    assert [text[:2] for text in column(tab, "time")] == ["10"] * 3 + ["20"] * 3 + ["51"] * 3 + ["-"]
    tab.run(f"{button}.focus()")
    tab.press("Enter", 13, "\r")
    assert [text[:2] for text in column(tab, "time")] == ["51"] * 3 + ["20"] * 3 + ["10"] * 3 + ["-"]
    assert tab.run(f"{button}.closest('th').getAttribute('aria-sort')") == "descending"
    assert tab.run("document.querySelectorAll('[aria-sort]').length") == 1


def test_a_row_opens_its_details_by_click_and_by_key(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    tab.run(f"document.querySelectorAll('{ROWS}')[4].click()")
    (told,) = texts(tab, ".detail")
    assert "found regressed" in told
    assert "c0ffeec “make it so”, with uncommitted changes" in told
    assert "slot" in told
    assert len(texts(tab, ".rounds tbody tr")) == 6
    tab.run(f"document.querySelectorAll('{ROWS} .open')[4].focus()")
    tab.press("Enter", 13, "\r")
    assert texts(tab, ".detail") == []
    choose(tab, "filters", "status", "oom")
    tab.run(f"document.querySelector('{ROWS}').click()")
    assert "the last words" in texts(tab, ".detail pre")


def test_a_verdict_leads_to_its_cell_through_any_filter(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    choose(tab, "filters", "model", "lin")
    tab.run("document.querySelector('.problems a').click()")
    assert len(texts(tab, ".detail")) == 1
    focused = tab.run("document.activeElement.getAttribute('aria-label')")
    assert focused == "Details of mine: fit of mid-torch on data, fold 1"


def test_verdicts_are_grouped_with_the_gravest_first_and_open(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    kinds = ["✕ regressed 1 verdict", "? inconclusive 1 verdict", "▲ improved 1 verdict", "= equivalent 2 verdicts"]
    assert texts(tab, "#kinds summary") == kinds
    assert tab.run("[...document.querySelectorAll('#kinds details')].map((n) => n.open)") == [True, False, False, False]
    tab.run("document.querySelectorAll('#kinds summary')[3].click()")
    tab.until("document.querySelectorAll('#kinds details')[3].querySelectorAll('li').length === 2")
    assert any("folds 0, 1, 2" in text for text in texts(tab, "#kinds li"))


def test_charts_show_every_round(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    for chart in ("times", "memory"):
        layers = drawn(tab, chart)
        assert sum(len(layer["marks"]) for layer in layers) == 9 * 6
        assert len(texts(tab, f"#{chart} .marks path")) == len(layers) == 2  # one a backend
        shapes = tab.run(f"[...document.querySelectorAll('#{chart} .marks path')].map((one) => one.getAttribute('d'))")
        assert "".join(shapes).count("M") == 9 * 6
    assert min(values(drawn(tab, "times")[0])) == 0.01


def test_what_the_mouse_is_on_is_told_beside_it(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    mark = drawn(tab, "times")[0]["marks"][0]
    assert hover(tab, "times", mark) == ["lin-sklearn, fold 0, round 1: 10.0 ms"]
    box = drawn(tab, "times", "boxes")[0]["boxes"][2]
    assert hover(tab, "times", {"x": box["third"], "y": box["y"]})[0].startswith("deep-torch")
    point(tab, "mouseMoved", 1, 1)
    assert texts(tab, "#times .tip:not([hidden])") == []


def test_a_part_of_a_chart_is_shown_larger_and_then_all_of_it_again(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    (one, *_), other = drawn(tab, "front")[0]["marks"], drawn(tab, "front")[1]["marks"][-1]
    ranges = "JSON.stringify(['x', 'y'].map((axis) => document.querySelector('#front .plot').shown[axis].range))"
    whole = json.loads(tab.run(ranges))
    (x, y), (right, top) = place_of(tab, "front", one), place_of(tab, "front", other)
    for kind, at, button in (
        ("mouseMoved", (x - 9, y + 9), "none"),
        ("mousePressed", (x - 9, y + 9), "left"),
        ("mouseMoved", ((x + right) / 2, (y + top) / 2), "left"),
        ("mouseReleased", ((x + right) / 2, (y + top) / 2), "left"),
    ):
        point(tab, kind, *at, button)
    (low, high), (least, most) = json.loads(tab.run(ranges))
    assert whole[0][0] < low < one["x"] < high < other["x"]
    assert whole[1][0] < least < one["y"] < most < other["y"]
    assert texts(tab, "button.reset:not([hidden])") == ["Show all"]
    tab.run("document.querySelector('button.reset:not([hidden])').click()")
    assert json.loads(tab.run(ranges)) == whole
    assert texts(tab, "button.reset:not([hidden])") == []


def test_scores_stand_against_times_with_the_unbeaten_joined(show: Any) -> None:
    tab = show(page(summarize(RUN)))
    front = [0.01025, 0.5125]  # mid is slower than lin and no better
    assert [point["x"] for point in drawn(tab, "front", "line")[0]["points"]][:-1] == pytest.approx(front)
    choose(tab, "scope", "score", "log_loss")
    assert texts(tab, "#front .title")[-1] == "log_loss, nats"
    points = drawn(tab, "front", "line")[0]["points"]
    assert [point["x"] for point in points][:-1] == pytest.approx(front)
    assert [point["y"] for point in points] == pytest.approx([0.09, 0.04, 0.04])
    assert sorted(texts(tab, "#front .name")) == ["deep", "lin", "mid"]


def test_scores_are_shown_fold_by_fold(show: Any) -> None:
    *rows, means = drawn(show(page(summarize(RUN))), "folds")
    assert sorted(value for row in rows for value in values(row)) == pytest.approx(
        sorted(one.scores["accuracy"] for one in (*LIN, *MID, *DEEP))
    )
    assert values(means) == pytest.approx([0.91, 0.90, 0.96])


def test_only_scores_that_are_far_worse_are_cut_off_the_axis(show: Any) -> None:
    close = [measured(f"m{n}", "torch", fold, 0.01, 0.95 + n / 1000) for n in range(7) for fold in range(2)]
    tab = show(page(summarize(run_of(*close, *(measured("chance", "torch", fold, 0.01, 0.1) for fold in range(2))))))
    low = "document.querySelector('#folds .plot').shown.x.range[0]"
    drawn(tab, "folds")
    assert tab.run(low) > 0.9
    assert "Beyond the axis: chance-torch (0.1000)." in tab.run("document.querySelector('#folds').textContent")
    tab.run("document.querySelector('[name=cut]').click()")
    tab.until(f"{low} < 0.1")


def test_a_baseline_stands_beside_and_times_are_relative_to_it(show: Any) -> None:
    before = run_of(*(measured("lin", "sklearn", fold, 0.005, 0.9) for fold in range(3)))
    layers = drawn(show(page(summarize(RUN, GATE, before))), "times")
    assert sum(len(layer["marks"]) for layer in layers) == (9 + 3) * 6
    assert min(values(layers[0])) == pytest.approx(2.0, rel=0.05)


def test_the_baseline_stands_in_the_charts_of_scores_too(show: Any) -> None:
    before = run_of(*(measured("lin", "sklearn", fold, 0.005, 0.8) for fold in range(3)))
    tab = show(page(summarize(RUN, GATE, before)))
    (hollow,) = (layer for layer in drawn(tab, "front") if layer["shape"] == "ring")
    assert (values(hollow), values(hollow, "y")) == ([pytest.approx(0.005125)], [pytest.approx(0.8)])
    (hollow,) = (layer for layer in drawn(tab, "folds") if layer["shape"] == "ring")
    assert values(hollow) == [0.8, 0.8, 0.8]
    for chart in ("front", "folds"):
        assert "baseline" in " ".join(texts(tab, f"#{chart} .key li"))


def test_relative_times_that_are_close_have_ticks_that_differ(show: Any) -> None:
    close = [record(samples=tuple(sample(1 + n / 2000) for n in range(9)))]
    tab = show(page(summarize(run_of(*close), GATE, run_of(*close))))
    drawn(tab, "times")
    ticks = texts(tab, "#times text.xtick")
    assert len(ticks) > 3
    assert len(set(ticks)) == len(ticks)


def test_runs_of_one_day_are_told_apart(show: Any) -> None:
    runs = [
        replace(
            one,
            name=f"run{n}",
            started=f"2026-11-24T18:{n:02d}:00+00:00",
            records=tuple(replace(r, source={}) for r in one.records),
        )
        for n, one in enumerate([run_of(*LIN)] * 4)
    ]
    tab = show(page(summarize(RUN, histories=histories(runs))))
    drawn(tab, "lines")
    assert texts(tab, "#lines text.xtick") == ["11-24 18:00", "11-24 18:01", "11-24 18:02", "11-24 18:03"]


def test_a_table_says_who_is_ahead_and_how_that_was_tested(show: Any) -> None:
    summary = summarize(RUN)
    told = winners.sentence(summary.comparisons[0])
    tab = show(page(summary))
    assert texts(tab, "#table summary") == [told]
    assert texts(tab, "#table li") == [standing.sentence() for standing in summary.comparisons[0].standings]
    marks = [text for text in texts(tab, "#table .star") if text]
    assert {"*", "≈"} >= set(marks) != set()


def test_a_time_that_rests_on_contaminated_rounds_is_marked(show: Any) -> None:
    loaded = record(samples=tuple(sample(contaminated=number > 0) for number in range(3)))
    tab = show(page(summarize(run_of(loaded, *LIN[1:]))))
    assert [text.endswith("!") for text in column(tab, "time")] == [True, False, False]


def test_history_marks_changes_and_breaks_where_conditions_do(show: Any) -> None:
    fast = {"slot": "pinned", "machine": {"cpu": "fast"}}
    slow = {"slot": "pinned", "machine": {"cpu": "slow"}}
    source = {"commit": "abcdef0" * 5, "title": "go slower"}
    runs = [
        *past(*[1.0] * 3, environment=slow),
        *past(*[1.0] * 3, *[0.5 + n / 1000 for n in range(9)], *[0.7 + n / 1000 for n in range(9)], environment=fast)[
            3:
        ],
    ]
    runs = [replace(one, records=tuple(replace(r, source=source) for r in one.records)) for one in runs]
    tab = show(page(summarize(RUN, histories=histories(runs))))
    assert texts(tab, "#changes td:first-child") == ["abcdef0 go slower"]
    assert texts(tab, "#changes td:last-child") == ["1.40x ▲ worse"]
    marks, changes = drawn(tab, "lines")
    (line,) = drawn(tab, "lines", "line")
    assert [place for place, point in enumerate(line["points"]) if point is None] == [3]
    assert values(changes) == [12]
    assert [rules["at"] for rules in drawn(tab, "lines", "rules")] == [[2.5], [11.5]]
    assert "abcdef0 go slower" in changes["marks"][0]["text"]
    assert any("machine cpu differs" in told for told in hover(tab, "lines", marks["marks"][3]))


def test_the_history_of_a_cell_may_lack_runs_and_rounds(show: Any) -> None:
    first, second, third = past(1.0, 2.0, 3.0)
    once = replace(second, records=(replace(second.records[0], samples=(sample(2.0),)),))
    other = run_of(*LIN[1:], name="other", started="2026-01-01T12")
    tab = show(page(summarize(RUN, histories=histories([first, other, once, third]))))
    choose(tab, "line", "metric", "fit_time")
    spans = next(layer["spans"] for layer in drawn(tab, "lines", "spans") if len(layer["spans"]) == 3)
    assert [(one["x"], one["low"], one["high"]) for one in spans] == [
        (0, pytest.approx(1.0), pytest.approx(1.2)),
        (2, pytest.approx(2.0), pytest.approx(2.0)),
        (3, pytest.approx(3.0), pytest.approx(3.6)),
    ]


def test_the_environment_and_the_tolerances_in_force_are_told(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE)))
    (told,) = texts(tab, "#surroundings")
    for part in ("20260101T000000-abcdef", "2026-01-01 00:00 UTC", "c0ffee" * 7, "make it so", "exclusive"):
        assert part in told
    assert texts(tab, "#surroundings tbody tr")[1] == "minefit_timelinany5.00 ms or 10%, whichever is more"
    assert texts(tab, "#surroundings tbody tr")[-1].startswith("all othersany score")


def test_names_are_text_whatever_is_in_them(show: Any) -> None:
    hostile = [measured(HOSTILE, "</script>", fold, 1.0, 0.5 + fold / 10) for fold in range(2)]
    failed = record("<img src=x onerror=alert(1)>", "b", 0, status="failed", reason="<b>bold</b>", samples=())
    run = run_of(*hostile, failed, name="<i>run</i>")
    gate = Gate("<u>base</u>", (verdict("regressed", hostile[0], reason="<b>why</b>"),), ("<em>note</em>",))
    runs = [replace(run, started=f"{n}", name=f"{n}") for n in range(3)]
    tab = show(page(summarize(run, gate, histories=histories(runs))))
    for chart in ("times", "front", "memory", "folds", "lines"):
        drawn(tab, chart)
    assert column(tab, "model")[0] == HOSTILE
    assert HOSTILE in tab.run("document.querySelector('#times .drawing').textContent")
    assert tab.run("document.querySelectorAll('main :is(script, img, b, i, u, em)').length") == 0
    assert "<u>base</u>" in " ".join(texts(tab, "#told p"))


MARKUP = "".join((
    *("</script><script>document.title='owned'</script>", "<img src=x onerror=\"document.title='owned'\">"),
    *("<a href=\"javascript:document.title='owned'\">x</a>", "a\u2028b\u2029c", "\u202ethgir", "\u2067x"),
    *("\"'`--><b>", "&lt;b&gt;", "\ud800", "\x1b[2J\x00", "=1+1", "]]>", "x" * 5000),
))  # fmt: skip


def _renamed(value: Any, word: str) -> Any:
    """Return plain values in which each text is followed by a word, and each key of others' making too."""
    if isinstance(value, str):
        return f"{value}{word}"
    if isinstance(value, dict):
        return {_renamed(key, word): _renamed(own, word) for key, own in value.items()}
    return [_renamed(each, word) for each in value] if isinstance(value, list | tuple) else value


def of_strangers(word: str) -> Run:
    """Return a run whose every text holds a word, as a stranger may have written a report."""

    def renamed(one: Record, **changes: Any) -> Record:
        cell = Cell.from_dict({name: _renamed(value, word) for name, value in one.cell.as_dict().items()})
        texts = {name: _renamed(getattr(one, name), word) for name in ("key", "reason", "output", "started", "source")}
        scores = {f"{name}{word}": value for name, value in one.scores.items()}
        environment = {**one.environment, "versions": {f"numpy{word}": word}, "machine": {word: word}, word: [word]}
        undefined = {f"f1{word}": word}
        made = {**texts, "cell": cell, "scores": scores, "environment": environment, "undefined": undefined}
        return replace(one, **made, **changes)

    records = [renamed(one) for one in (*LIN, *MID, *DEEP)] + [renamed(FAILED, status="oom")]
    suite = outline(*records)
    scores = tuple(replace(one, name=f"{one.name}{word}", unit=word) for one in SCORES)
    rules = tuple(replace(rule, metric=f"{rule.metric}{word}", model=word) for rule in RULES)
    own = replace(suite, name=records[0].cell.suite, scores=scores, rules=rules, reference=records[0].cell.row.name)
    planned = {str(one.cell): one.cell for one in records}
    missing = replace(records[0].cell, model=f"late{word}")
    return Run(f"run{word}", (own,), {**planned, "late": missing}, tuple(records), "2026-01-01T00:00:00+00:00")


@pytest.mark.parametrize("word", [MARKUP, "__proto__", "constructor"], ids=["markup", "prototype", "constructor"])
def test_no_text_of_a_strangers_report_is_more_than_text(show: Any, word: str) -> None:
    run = of_strangers(word)
    told = [verdict("regressed", one, metric=f"fit_time{word}", reason=word) for one in run.records[:2]]
    gate = Gate(f"base{word}", tuple(told), (f"a note{word}",))
    runs = [replace(run, started=f"2026-01-0{n}", name=f"{n}{word}") for n in range(1, 4)]
    tab = show(written.text(page(summarize(run, gate, run, histories(runs)))))
    tab.run(f"document.querySelectorAll('{ROWS}').forEach((row, place) => place < 9 && row.click())")
    for chart in ("times", "front", "memory", "folds", "lines"):
        drawn(tab, chart)
    assert "owned" not in tab.run("document.title")
    assert tab.run("document.querySelectorAll('main :is(script, img, b, [onerror], [href^=javascript])').length") == 0
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", tab.run("document.documentElement.textContent"))
    assert len(column(tab, "model")) == 11


def test_colours_follow_the_system_and_the_button(show: Any) -> None:
    tab = show(page(summarize(RUN)), dark=True)
    paper = "getComputedStyle(document.body).backgroundColor"
    drawn(tab, "times")
    ink = "getComputedStyle(document.querySelector('#times .drawing')).fill"
    mark = "getComputedStyle(document.querySelector('#times .marks path')).fill"
    dark = tab.run(f"[{ink}, {mark}]")
    assert max(map(int, re.findall(r"\d+", tab.run(paper)))) < 64
    tab.run("document.getElementById('theme').click()")
    assert min(map(int, re.findall(r"\d+", tab.run(paper)))) > 192
    light = tab.run(f"[{ink}, {mark}]")
    assert all(one != other for one, other in zip(dark, light, strict=True))


def test_nothing_is_wider_than_a_telephone(show: Any) -> None:
    long = [measured("a_model_with_a_name_that_does_not_end" * 3, "tensorflow", fold, 1.0, 0.5) for fold in range(3)]
    run = run_of(*LIN, *long, FAILED)
    runs = [replace(run, started=f"{n}", name=f"{n}") for n in range(3)]
    gate = Gate("x" * 200, (verdict("regressed", long[0], reason="y" * 200),))
    tab = show(page(summarize(run, gate, histories=histories(runs))), width=360, height=740)
    tab.run(f"document.querySelectorAll('{ROWS}')[3].click()")
    for chart in ("times", "front", "memory", "folds", "lines"):
        drawn(tab, chart)
    assert tab.run("document.documentElement.scrollWidth <= innerWidth")
    assert tab.run("innerWidth") == 360
    wide = "[...document.querySelectorAll('.detail > td > div, figure, .controls, dl')]"
    assert tab.run(f"{wide}.every((node) => node.getBoundingClientRect().width <= innerWidth)")


def test_everything_has_a_name_and_headings_do_not_skip(show: Any) -> None:
    tab = show(page(summarize(RUN, GATE, histories=histories(past(1.0, 2.0)))))
    fields = "[...document.querySelectorAll('select, input')]"
    assert tab.run(f"{fields}.every((node) => node.labels.length === 1)")
    named = "(node) => node.textContent.trim() || node.getAttribute('aria-label')"
    assert tab.run(f"[...document.querySelectorAll('button, a, [role=region]')].every({named})")
    levels = tab.run(
        "[...document.querySelectorAll('section:not([hidden]) :is(h1, h2, h3)')].map((n) => Number(n.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_two_thousand_cells_stay_small_and_are_all_there(show: Any) -> None:
    text = page(summarize(large()))
    assert len(text.encode()) < 3_000_000
    tab = show(text)
    assert texts(tab, "#count") == ["2,000 cells"]
    assert len(texts(tab, ROWS)) < 200
    tab.until(
        """(() => {
          const box = document.getElementById("matrix");
          box.scrollTop = box.scrollHeight;
          return document.querySelectorAll("#matrix .row").length === 2000;
        })()"""
    )
    choose(tab, "filters", "text", "model49-tensorflow mnist")
    assert texts(tab, "#count") == ["10 of 2,000 cells"]
    assert sum(len(layer["marks"]) for layer in drawn(tab, "times")) == 100 * 5 * 30
