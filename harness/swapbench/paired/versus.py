"""Versus: one row of a suite against another, both of this working tree, measured in turn and judged."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from swapbench.base.error import SwapError
from swapbench.judge.comparability import OF_ROW
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.paired.interleaved import Interleaved
from swapbench.paired.question import SILENT, Answer, Question, Teller
from swapbench.paired.rows import Rows, matched
from swapbench.paired.seeds import Seeds
from swapbench.paired.side import Side, declared, planned
from swapbench.plan.cell import Cell, Row
from swapbench.plan.outline import Outline
from swapbench.record.run import Run


@dataclass(frozen=True, kw_only=True)
class Pair(Question):
    """The row `now` against the row `before`, each by its name as tables have it: `cnn-torch-compiled`."""

    before: str
    now: str


def compare(asked: Pair, teller: Teller = SILENT) -> Answer:
    """Answer a question; raises SwapError when the rows cannot be planned or measured, or have nothing in common.

    Data and fitted models are taken from the store and kept there, as in any run.
    """
    rows = matched(declared(asked.folder, asked.arguments), asked.before, asked.now)
    both = planned("the working tree", asked.folder, [*asked.arguments, *rows.selection])
    old = _side(both, rows.before, {cell: partner for cell, partner in rows.partners.items() if partner in both.jobs})
    now = _side(both, rows.now, {cell: cell for cell in rows.partners if cell in both.jobs})
    lacking = list(_lacking(rows, both, old, now))
    cells = [cell for cell in rows.partners if cell in old.jobs and cell in now.jobs]
    if not cells:
        raise SwapError(f"nothing is left to compare: {lacking[0].reason.rstrip('.')}.")
    work = Interleaved(old, now, cells, asked.budget_s, Seeds(asked.seeds), None, teller.progress, teller.decided)
    verdicts = (*work.measure(), *lacking)
    sides = work.side(old), work.side(now)
    notes = (*work.notes(), *_brought(*sides), *rows.notes())
    return Answer(_together(*sides), None, Gate(rows.before, verdicts, notes))


def _side(both: Side, row: str, own: Mapping[Cell, Cell]) -> Side:
    """Return the part of what was planned that is one row's, whose jobs are known by the cells that are judged."""
    wanted = set(own.values())
    side = both.only({test: cell for test, cell in both.run.planned.items() if cell in wanted})
    return replace(
        side, run=replace(side.run, name=row), jobs={judged: both.jobs[measured] for judged, measured in own.items()}
    )


def _lacking(rows: Rows, both: Side, old: Side, now: Side) -> Iterator[Verdict]:
    """Yield the verdicts on the cells that both rows declare and that not both can run: none is without one."""
    for cell, partner in rows.partners.items():
        sides = ((rows.before, partner), (rows.now, cell))
        told = [f"{row} {both.lack(one)}" for row, one in sides if one not in both.jobs]
        if told:
            excused = cell not in old.jobs and cell not in now.jobs
            yield Verdict("incomparable", cell, (cell.fold,), "", ", ".join(told), excused=excused)


def _brought(old: Run, now: Run) -> Iterator[str]:
    """Say in what else than their code the rows differ, which no commit of one row may and which counts as theirs."""
    sides = [[record.environment for record in run.records if record.samples] for run in (old, now)]
    told = []
    for key, words in OF_ROW.items():
        found = [sorted({str(own[key]) for own in side if own.get(key) is not None}) or ["not told"] for side in sides]
        if found[0] != found[1]:
            told.append(f"{words} ({' or '.join(found[0])} and {' or '.join(found[1])})")
    if told:
        yield f"Beside their code {old.name} and {now.name} differ in {', '.join(told)}."


def _together(old: Run, now: Run) -> Run:
    """Return what was measured as one run of two rows, in which ratios are to the first."""
    shown = [_outline(outline, old, now) for outline in now.outlines]
    return replace(
        now,
        name=f"{now.name} against {old.name}",
        outlines=tuple(shown),
        planned={**old.planned, **now.planned},
        records=(*old.records, *now.records),
    )


def _outline(outline: Outline, old: Run, now: Run) -> Outline:
    rows: Sequence[Row] = [row for run in (old, now) for row in outline.rows if row.name == run.name]
    return replace(outline, rows=tuple(rows), reference=old.name)
