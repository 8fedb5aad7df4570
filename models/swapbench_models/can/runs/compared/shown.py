"""Shown: an evaluation as tables of words, for a terminal and for Markdown."""

from collections.abc import Mapping, Sequence

from swapbench_models.can.runs.compared.comparison import COUNTS, Line
from swapbench_models.can.runs.compared.leading import percent
from swapbench_models.can.runs.scenarios import shortened
from swapbench_models.can.runs.scores import METRICS

_NONE = "-"
_SHORT = {"roc_auc": "auc", "false_positive_rate": "fpr"}
_SCORES = [_SHORT.get(each, each) for each in METRICS]
_HEAD = ("model", "scenario", "seeds", "windows", "attacked", *_SCORES, "/".join(COUNTS))
_REST = ("attacks", "missed", "late by s", "by frames", "windows/s", "ms a window")
_LEAST_S = 0.001  # what takes less as a whole has no speed that means anything
COLUMNS = (
    "All are means over a row's seeds. Counts of windows are those rightly left, falsely flagged, missed and rightly "
    f"flagged ({'/'.join(COUNTS)}).\nOf attacks, stretches of injected frames, `missed` are those without an alarm; "
    "the others are found late by so many seconds and frames (medians), from their first frame to the end of the first "
    "flagged window.\nSpeed is as timed here, with all that is made of frames. A dash stands where nothing is defined, "
    f"or where all took less than {_LEAST_S:g} s."
)

Table = list[list[str]]


def every(found: Sequence[Line]) -> Table:
    """Return a row for each model and scenario: the means over seeds of all that was measured."""
    return [[*_HEAD, *_REST], *map(_row, found)]


def _row(line: Line) -> list[str]:
    told = [line.model, line.scenario, f"{len(line.judged)}", *map(_whole, (line.windows, line.positives))]
    scores = [_number(line.mean(name), 4) for name in METRICS]
    counts = "/".join(_number(line.mean(name), 1, short=True) for name in COUNTS)
    late = [_number(line.mean(name), 1, short=True) for name in ("attacks", "attacks_missed")]
    how = [
        _number(line.mean(name) if name.startswith("latency") or _timed(line) else None, places)
        for name, places in (("latency_s", 3), ("latency_frames", 0), ("windows_per_s", 0), ("ms_per_window", 3))
    ]
    return [*told, *scores, counts, *late, *how]


def _timed(line: Line) -> bool:
    """Tell whether judging took long enough to be timed."""
    each = line.mean("ms_per_window")
    return each is not None and each * (line.windows or 0) >= 1000 * _LEAST_S


def f1(found: Sequence[Line], published: Mapping[str, Mapping[str, float]]) -> Table:
    """Return F1 (and ROC AUC) in %, a row for each model and a column for each scenario, and below them what others
    have published, by model and scenario."""
    scenarios = list(dict.fromkeys(line.scenario for line in found))
    of = {(line.model, line.scenario): line for line in found}
    models = list(dict.fromkeys(line.model for line in found))
    counts = [_counts([line for line in found if line.scenario == scenario]) for scenario in scenarios]
    ours = [[model, *(_cell(of[model, scenario]) for scenario in scenarios)] for model in models]
    theirs = [
        [f"published: {name}", *(_percent(scores.get(scenario)) for scenario in scenarios)]
        for name, scores in published.items()
    ]
    return [["F1 (AUC) in %", *shortened(scenarios).values()], ["windows / attacked", *counts], *ours, *theirs]


def _cell(line: Line) -> str:
    found, area = line.interval("f1"), line.mean("roc_auc")
    if found is None:
        return "undefined" if line.judged else "blocked" if line.blocked else "failed"
    lacks = f", {len(line.errors)} failed" if line.errors else ""
    return f"{percent(found)} ({_number(None if area is None else 100 * area, 1)}){lacks}"


def _counts(found: Sequence[Line]) -> str:
    known = [line for line in found if line.windows is not None]
    return f"{known[0].windows} / {known[0].positives}" if known else _NONE


def _percent(share: float | None) -> str:
    return _NONE if share is None else f"{100 * share:.1f}"


def _whole(value: int | None) -> str:
    return _NONE if value is None else str(value)


def _number(value: float | None, places: int, short: bool = False) -> str:
    if value is None:
        return _NONE
    return f"{value:.0f}" if short and value == round(value) else f"{value:.{places}f}"


def markdown(table: Table) -> str:
    """Return a table in Markdown."""
    head, *rows = table
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))
