"""Against another commit: checks it out, has both sides planned, measures what may differ, and judges."""

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swapbench.base import units
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.paired.change import Change
from swapbench.paired.interleaved import Interleaved
from swapbench.paired.seeds import Seeds
from swapbench.paired.side import Side, planned, planned_before, unmatched
from swapbench.plan.cell import Cell
from swapbench.record.run import Run
from swapbench.run.repository import Repository

BENCH = "bench"  # what is measured where nothing is said


@dataclass(frozen=True)
class Question:
    """What is to be compared: the working tree, seen from a `folder`, with the commit `revision`.

    `paths` are test files, `options` pytest's and the plugin's. For at most `budget_s` seconds all that may differ is
    measured (with `everything` all of it), in as many as `seeds` trainings a fold. `cells`, where given, are the only
    ones, a part of `total` comparisons.
    """

    revision: str
    folder: Path
    paths: Sequence[str] = ()
    options: Sequence[str] = ()
    budget_s: float = 1800.0
    seeds: int = 5
    everything: bool = False
    cells: Sequence[Cell] | None = None
    total: int | None = None


@dataclass(frozen=True)
class Answer:
    """The runs of both sides as far as they were measured, and the verdicts."""

    before: Run
    now: Run
    gate: Gate


@dataclass(frozen=True)
class Teller:
    """Who is told what happens meanwhile: a line of progress, and each verdict as it falls."""

    progress: Callable[[str], None] = lambda _: None
    decided: Callable[[Verdict], None] = lambda _: None


def compare(repository: Repository, asked: Question, teller: Teller = Teller()) -> Answer:
    """Answer a question; raises SwapError when one of the sides cannot be planned or measured."""
    commit = repository.commit(asked.revision)
    # Nothing is written into the user's checkout.
    with _variable("PYTHONDONTWRITEBYTECODE", "1"), tempfile.TemporaryDirectory(prefix="swapbench-store-") as store:
        given = [f"--swap-otherwise={BENCH}", *asked.paths, *asked.options]
        now = planned("the working tree", asked.folder, [f"--swap-store={store}/now", *given])
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


def _judged(old: Side, now: Side, change: Change, asked: Question, teller: Teller) -> Answer:
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
    notes = [*_notes(work, len(same), [] if asked.everything else change.unseen), *_computing(old, now, work.cells)]
    return Answer(work.side(old), work.side(now), Gate(old.name, tuple(verdicts), tuple(notes)))


def _notes(work: Interleaved, same: int, unseen: Sequence[str]) -> Iterator[str]:
    measured = f"{units.counted(work.rounds, 'round')} of {units.counted(len(work.cells), 'cell')}"
    if work.cells:
        yield f"Measured {measured} in {units.duration(work.spent_s)} of {units.duration(work.budget_s)}."
    yield from work.seeds.notes()
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
