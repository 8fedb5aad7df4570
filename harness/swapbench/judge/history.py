"""History: how each figure of each cell moved from run to run, and where it moved to another level."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from swapbench.judge import scores, sizes
from swapbench.judge.changes import change_points
from swapbench.judge.comparability import What, obstacle
from swapbench.plan.cell import Cell
from swapbench.plan.metric import Direction
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record
from swapbench.record.run import Run


@dataclass(frozen=True)
class Point:
    """One figure of one run: its `value`, and the least and the most of its rounds where it is a time.

    `obstacle` says why it must not be compared with the point before it; empty where it may, and at the first point.
    """

    run: str
    started: str
    commit: str
    title: str
    value: float
    low: float | None = None
    high: float | None = None
    obstacle: str = ""


@dataclass(frozen=True)
class History:
    """One metric of a cell over runs; `changes` are the indexes of the points at which its level changes by more than
    its tolerance."""

    cell: Cell
    metric: str
    unit: str
    better: Direction
    points: tuple[Point, ...]
    changes: tuple[int, ...]

    @property
    def segments(self) -> tuple[range, ...]:
        """The stretches of points that may be joined in one line."""
        starts = [0, *(index for index, point in enumerate(self.points) if point.obstacle)]
        return tuple(range(*ends) for ends in zip(starts, [*starts[1:], len(self.points)], strict=True))


@dataclass
class _Moments:
    """The records of one cell, with the run of each, the oldest first."""

    cell: Cell
    runs: list[Run] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)

    @property
    def outlines(self) -> list[Outline]:
        """Their suite as the runs declared it, the latest first."""
        found = (run.outline(self.cell.suite) for run in reversed(self.runs))
        return [outline for outline in found if outline is not None]

    def obstacles(self, what: What) -> list[str]:
        """Say for each record what forbids comparing it with the one before."""
        return ["", *(obstacle(before, after, what) or "" for before, after in pairwise(self.records))]


def histories(runs: Sequence[Run]) -> tuple[History, ...]:
    """Return the history of every metric of every cell that was measured well, in the order of the latest run; of the
    runs the oldest is first."""
    cells: dict[Cell, _Moments] = {}
    for run in runs:
        for record in run.records:
            if record.status == "ok":
                moments = cells.setdefault(record.cell, _Moments(record.cell))
                moments.runs.append(run)
                moments.records.append(record)
    latest = {record.cell: None for run in reversed(runs) for record in run.records if record.cell in cells}
    return tuple(history for cell in latest for history in _of_cell(cells[cell]))


def _of_cell(moments: _Moments) -> Iterator[History]:
    speed, quality = moments.obstacles("speed"), moments.obstacles("scores")
    yield from _history(moments, f"{moments.cell.phase}_time", "s", "lower", _time, speed)
    yield from _history(moments, "peak_memory", "bytes", "lower", _memory, speed)
    for name in dict.fromkeys(name for record in moments.records for name in record.scores):
        score = _score(moments, name)
        yield from _history(moments, name, score.unit, score.better, _scored(name), quality)


def _history(
    moments: _Moments,
    metric: str,
    unit: str,
    better: Direction,
    figures: Callable[[Record], Sequence[float]],
    obstacles: Sequence[str],
) -> Iterator[History]:
    points: list[Point] = []
    parted = ""
    for run, record, why in zip(moments.runs, moments.records, obstacles, strict=True):
        parted = parted or why  # what a record without this figure differs in parts the points on both sides of it
        if found := figures(record):
            points.append(_point(run, record, found, parted if points else ""))
            parted = ""
    if points:
        history = History(moments.cell, metric, unit, better, tuple(points), ())
        yield replace(history, changes=tuple(_changes(history, _tolerance(moments, metric, unit))))


def _changes(history: History, tolerance: Tolerance) -> Iterator[int]:
    """Yield where the level changes by more than is tolerated: among thousands of lines, chance alone moves some."""
    for segment in history.segments:
        values = [history.points[index].value for index in segment]
        start = 0
        for change, end in pairwise([*change_points(values), len(values)]):
            before, after = median(values[start:change]), median(values[change:end])
            if abs(after - before) > tolerance.limit(before):
                yield segment.start + change
                start = change


def _point(run: Run, record: Record, figures: Sequence[float], why: str) -> Point:
    low, high = (min(figures), max(figures)) if len(figures) > 1 else (None, None)
    commit, title = (str(record.source.get(key) or "") for key in ("commit", "title"))
    return Point(run.name, run.started, commit, title, float(median(figures)), low, high, why)


def _time(record: Record) -> Sequence[float]:
    # Times measured without a slot of their own are no times to compare.
    return record.best_walls if record.environment.get("slot") != "none" else ()


def _memory(record: Record) -> Sequence[float]:
    return () if record.peak_memory_bytes is None else (record.peak_memory_bytes,)


def _scored(name: str) -> Callable[[Record], Sequence[float]]:
    return lambda record: (record.scores[name],) if name in record.scores else ()


def _score(moments: _Moments, name: str) -> ScoreOutline:
    """Return the latest declaration of a score."""
    found = (outline.score(name) for outline in moments.outlines)
    return next((score for score in found if score is not None), ScoreOutline(name, "", "higher"))


def _tolerance(moments: _Moments, metric: str, unit: str) -> Tolerance:
    """Return the latest tolerance declared for a metric, or what holds where none is."""
    cell = moments.cell
    found = (outline.tolerance(metric, cell.row) for outline in moments.outlines[:1])
    return next(found, None) or {"s": sizes.TIME, "bytes": sizes.MEMORY}.get(unit, scores.SCORE)
