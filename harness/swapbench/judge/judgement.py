"""Judgement: a run against a baseline, every cell and metric of both."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from swapbench.judge import lone, scores, sizes
from swapbench.judge.comparability import What, obstacle
from swapbench.judge.counts import counted, counts
from swapbench.judge.evidence import Evidence
from swapbench.judge.multiplicity import holm
from swapbench.judge.undefined import undefined
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import Cell, Row
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record
from swapbench.record.run import Run

Pair = tuple[Record, Record]
Look = Callable[[Cell], int | None]
_SIZES = "time and memory"


def judge(
    baseline: Run,
    run: Run,
    look: Look = lambda _: None,
    total: int | None = None,
    life: float = lone.LIFE,
    partner: Callable[[Cell], Cell] = lambda cell: cell,
) -> tuple[Verdict, ...]:
    """Return the verdicts on all that either side has, in the order of the run.

    A row (a model run by a backend on a dataset) is judged over all its folds, for they run the same code. Tolerances
    are the run's. Of `look`, see sizes.evidence. False alarms are bounded over everything compared (Holm), or over
    `total` comparisons where these are a part of more. `life` is what one process of the same code may differ from
    another, as a share, which matters where there is one on each side. `partner` says which cell of the run a cell of
    the baseline is compared with: the same one, unless two rows are compared.
    """
    pairs, alone = _paired(baseline, run, partner)
    found: list[Evidence | Verdict] = [*alone]
    for phases in _rows(pairs):
        outline = _outline(run, baseline, phases[0][0][1].cell.suite)
        for folds in phases:
            found += _sizes(folds, outline, look, life)
        found += _scores(_scored(phases), outline)
    return tuple(_verdicts(found, total))


def _verdicts(found: Sequence[Evidence | Verdict], total: int | None) -> Iterator[Verdict]:
    uncertain = [item for item in found if isinstance(item, Evidence)]
    size = max(total or 0, len(uncertain))
    worse = iter(holm([item.worse for item in uncertain], size))
    better = iter(holm([item.better for item in uncertain], size))
    for item in found:
        yield item.verdict(next(worse), next(better), size) if isinstance(item, Evidence) else item


def _paired(baseline: Run, run: Run, partner: Callable[[Cell], Cell]) -> tuple[list[Pair], list[Verdict]]:
    """Return the records of cells that both sides have measured well, and a verdict on each other cell that either
    side has planned: what cannot be judged is a line with a name, too."""
    before = {_place(partner(record.cell)): record for record in baseline.records}
    after = {_place(record.cell): record for record in run.records}
    planned = [*map(partner, baseline.planned.values()), *run.planned.values()]
    measured = [*(partner(record.cell) for record in baseline.records), *(record.cell for record in run.records)]
    cells = {_place(cell): cell for cell in (*planned, *measured)}
    pairs: list[Pair] = []
    alone: list[Verdict] = []
    for place in dict.fromkeys((*after, *before, *cells)):
        old, new = before.get(place), after.get(place)
        if old is not None and new is not None and old.status == new.status == "ok":
            pairs.append((old, new))
        else:
            alone.append(_alone(old, new, cells[place]))
    return pairs, alone


def _alone(old: Record | None, new: Record | None, cell: Cell) -> Verdict:
    """Return the verdict on a cell that one side or both have not measured well."""
    was = "the baseline does not have it" if old is None else f"in the baseline it was {_ended(old)}"
    if new is not None and new.status == "ok":
        return Verdict.new(cell, was)
    now = "this run has no record of it" if new is None else f"now it is {_ended(new)}"
    if old is not None and old.status == "ok":
        return Verdict.missing(cell, f"the baseline has it, and {now}")
    if new is not None and new.status == "skipped" and (old is None or old.status == "skipped"):
        return Verdict.absent(cell, new.reason or "it was skipped")
    return Verdict("inconclusive", cell, (cell.fold,), "", f"nothing to compare: {was}, and {now}")


def _ended(record: Record) -> str:
    return f"{record.status}: {record.reason}".rstrip(". ") if record.reason else record.status


def _sizes(folds: Sequence[Pair], outline: Outline, look: Look, life: float) -> Iterator[Evidence | Verdict]:
    cell, numbers = folds[0][1].cell, tuple(after.cell.fold for _, after in folds)
    blocked = _blocked(folds, "speed")
    if blocked is not None:
        yield Verdict("incomparable", cell, numbers, _SIZES, blocked)
    elif all(before.samples == after.samples for before, after in folds):
        yield Verdict("equivalent", cell, numbers, _SIZES, "these are the same samples")
    elif lone.lone(*folds[0]):
        tolerance = _tolerance(outline, f"{cell.phase}_time", folds) or sizes.TIME
        yield lone.evidence(*folds[0], tolerance, life)
    else:
        looks = [at for _, after in folds if (at := look(after.cell)) is not None]
        yield from sizes.evidence(folds, outline, min(looks, default=None))


def _blocked(folds: Sequence[Pair], what: What) -> str | None:
    return next((why for before, after in folds if (why := obstacle(before, after, what))), None)


def _rows(pairs: Iterable[Pair]) -> list[list[list[Pair]]]:
    """Gather the folds of each phase of each row."""
    rows: dict[tuple[str, Row, str], dict[str, list[Pair]]] = {}
    for before, after in pairs:
        cell = after.cell
        row = rows.setdefault((cell.suite, cell.row, cell.dataset), {})
        row.setdefault(cell.phase, []).append((before, after))
    return [list(row.values()) for row in rows.values()]


def _scored(phases: list[list[Pair]]) -> list[Pair]:
    """Return the folds of the last phase that has scores, else of the first."""
    return [*phases[:1], *(folds for folds in phases if any(after.scores or after.undefined for _, after in folds))][-1]


def _scores(rows: Sequence[Pair], outline: Outline) -> Iterator[Evidence | Verdict]:
    yield from counts(rows, outline)
    yield from undefined(rows)
    blocked = _blocked(rows, "scores")
    cell, folds = rows[0][1].cell, tuple(after.cell.fold for _, after in rows)
    if blocked is not None:
        if any(after.scores for _, after in rows):
            yield Verdict("incomparable", cell, folds, "scores", blocked)
        return
    before = {old.cell.fold: old for old, _ in rows}
    after = {new.cell.fold: new for _, new in rows}
    for name in dict.fromkeys(name for _, new in rows for name in new.scores):
        score = outline.score(name) or ScoreOutline(name, "", "higher")
        count = counted(rows, score, outline)
        if count is not None:
            yield count
            continue
        tolerance = _tolerance(outline, name, rows) or scores.SCORE
        found = scores.evidence(before, after, name, score, tolerance)
        if found is not None:
            yield found


def _tolerance(outline: Outline, metric: str, folds: Sequence[Pair]) -> Tolerance | None:
    """Return what was declared for a metric of a row, or of the two that are compared."""
    before, after = folds[0]
    return outline.between(metric, before.cell.row, after.cell.row)


def _outline(run: Run, baseline: Run, suite: str) -> Outline:
    found = run.outline(suite) or baseline.outline(suite)
    return found or Outline(suite, (), (), (), (), (), "")


def _place(cell: Cell) -> Cell:
    """Return what identifies a cell across profiles, which are compared to be told apart."""
    return replace(cell, profile="")
