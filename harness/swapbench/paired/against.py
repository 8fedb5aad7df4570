"""Against another commit: checks it out, has both sides planned, measures what may differ, and judges."""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swapbench.base import units
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.paired.change import Change
from swapbench.paired.interleaved import Interleaved
from swapbench.paired.question import SILENT, Answer, Question, Teller
from swapbench.paired.seeds import Seeds
from swapbench.paired.side import Side, planned, planned_before, unmatched
from swapbench.plan.cell import Cell
from swapbench.run.repository import Repository


@dataclass(frozen=True, kw_only=True)
class Commit(Question):
    """The working tree against the commit `revision`: all that may differ (with `everything` all of it). `cells`, where
    given, are the only ones, a part of `total` comparisons.
    """

    revision: str
    everything: bool = False
    cells: Sequence[Cell] | None = None
    total: int | None = None


def compare(repository: Repository, asked: Commit, teller: Teller = SILENT) -> Answer:
    """Answer a question; raises SwapError when one of the sides cannot be planned or measured."""
    commit = repository.commit(asked.revision)
    # Nothing is written into the user's checkout.
    with _variable("PYTHONDONTWRITEBYTECODE", "1"), tempfile.TemporaryDirectory(prefix="swapbench-store-") as store:
        now = planned("the working tree", asked.folder, [f"--swap-store={store}/now", *asked.arguments])
        change = Change(repository, repository.changed(commit), prose=now.prose)
        # What a key does not show would otherwise be taken from the other side's cache: data and fitted models.
        side = "now" if change.shown(now) else "before"
        options = [f"--swap-store={store}/{side}", *now.without_paths(asked.options)]
        with repository.checkout(commit) as tree:
            folder = tree / asked.folder.resolve().relative_to(repository.root.resolve())
            name = _name(asked.revision, commit)
            old = planned_before(now, name, folder, options, _mapped(now, repository, tree))
            change.check(old, now, tree)
            return _judged(old, now, change, asked, teller)


def _name(revision: str, commit: str) -> str:
    return f"commit {commit[:12]}" if commit.startswith(revision) else f"{revision} (commit {commit[:12]})"


def _judged(old: Side, now: Side, change: Change, asked: Commit, teller: Teller) -> Answer:
    """Measure what may differ, and return both sides' runs and the verdicts."""
    cells = list(now.run.planned.values()) if asked.cells is None else asked.cells
    both = [cell for cell in cells if cell in old.jobs and cell in now.jobs]
    beyond = [cell for cell in both if change.beyond_measuring(now.jobs[cell])]
    same = [] if asked.everything else [cell for cell in both if change.spares(old.jobs[cell], now.jobs[cell])]
    measured = [cell for cell in both if cell not in {*same, *beyond}]
    seeds = Seeds(asked.seeds)
    work = Interleaved(old, now, measured, asked.budget_s, seeds, asked.total, teller.progress, teller.decided)
    unmeasured = [*map(_unchanged, sorted(set(same) - set(beyond))), *map(_instrument, sorted(beyond))]
    verdicts = [*work.measure(), *unmeasured, *(unmatched(old, now) if asked.cells is None else ())]
    unseen = [] if asked.everything else change.unseen
    notes = [*work.notes(), *_notes(len(same), unseen), *_computing(old, now, work.cells)]
    return Answer(work.side(old), work.side(now), Gate(old.name, tuple(verdicts), tuple(notes)))


def _notes(same: int, unseen: Sequence[str]) -> Iterator[str]:
    if same:
        yield f"{units.counted(same, 'cell')} not measured because nothing that determines them has changed."
    elif unseen:
        yield f"Everything was measured because models may read what has changed: {', '.join(unseen[:3])}."


def _computing(old: Side, now: Side, cells: Sequence[Cell]) -> Iterator[str]:
    names = {name for cell in cells if old.jobs[cell].key == now.jobs[cell].key for name in now.jobs[cell].computed}
    if names:
        told = ", ".join(sorted(names)[:3])
        yield f"Cells that stand on {told} were measured whatever has changed: what it imports is known to it alone."


def _unchanged(cell: Cell) -> Verdict:
    return Verdict("equivalent", cell, (cell.fold,), "", "nothing that determines it has changed")


def _instrument(cell: Cell) -> Verdict:
    why = "it is part of the instrument, whose code differs, and the instrument that measures is the same on both sides"
    return Verdict("incomparable", cell, (cell.fold,), "", why)


def _mapped(now: Side, repository: Repository, tree: Path) -> list[Path]:
    """Return where in the other checkout the modules lie that this one finds in the repository, however it does."""
    root = repository.root.resolve()
    return [tree / folder.relative_to(root) for folder in now.roots if folder.is_relative_to(root)]


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """Have a variable in the environment for the length of a with block."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
