"""The command: checks the other commit out, runs the duel, and judges."""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from swapbench.commands import screen
from swapbench.commands.ab.change import Change
from swapbench.commands.ab.duel import Duel
from swapbench.commands.ab.seeds import Seeds
from swapbench.commands.ab.side import Side, planned, planned_before, unmatched
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.plan import units
from swapbench.plan.cell import Cell
from swapbench.plan.error import SwapError
from swapbench.record.run import Run
from swapbench.run.repository import Repository
from swapbench.show import files, text
from swapbench.show.summary import summarize

HELP = "measure this working tree against another commit, in turn on this machine, and judge"
PASSES_ON = "All other options are pytest's and the plugin's, such as --swap-model cnn or -k expression."

_BENCH = "bench"
_CLEARED = "\r\x1b[2K"  # the line that the cursor is on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REV", help="the commit to compare with, such as HEAD~1 or main")
    parser.add_argument("paths", nargs="*", metavar="PATH", help=f"test files (default: {_BENCH})")
    parser.add_argument(
        "--budget", type=float, default=1800.0, metavar="S", help="seconds to spend measuring (default: %(default)g)"
    )
    parser.add_argument(
        "--seeds",
        type=int,
        default=5,
        metavar="K",
        help="trainings a fold and side of models that draw at random and predict differently (default: %(default)s)",
    )
    parser.add_argument("--all", action="store_true", help="measure also cells whose code and data are the same")
    parser.add_argument(
        "--report", action="append", default=[], metavar="PATH", help="write a report: .html, .md, .csv or .json"
    )
    parser.add_argument("--cells", metavar="FILE", help=argparse.SUPPRESS)  # the gate's suspects


def run(chosen: argparse.Namespace) -> int:
    """Print the verdicts; the status is the gate's."""
    reports = [Path(path) for path in chosen.report]
    for path in reports:
        files.check(path, "--report")
    if not chosen.budget > 0:
        raise SwapError(f"--budget {chosen.budget:g}: give a positive number of seconds.")
    if chosen.seeds < 1:
        raise SwapError(f"--seeds {chosen.seeds}: give a number from 1 on; 1 trains under the run's own seed alone.")
    repository = Repository.around(Path.cwd())
    if repository is None:
        raise SwapError(f"{Path.cwd()} lies in no git repository; go to the one whose commits are to be compared.")
    commit = repository.commit(chosen.revision)
    with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="swapbench-store-") as store:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing is written into the user's checkout
        given = [f"--swap-otherwise={_BENCH}", *chosen.paths, *chosen.rest]
        now = planned("the working tree", Path.cwd(), [f"--swap-store={store}/now", *given])
        change = Change(repository, repository.changed(commit), prose=now.prose)
        # What a key does not show would otherwise be taken from the other side's cache: data and fitted models.
        options = [f"--swap-store={store}/{'now' if change.shown(now) else 'before'}", *now.without_paths(chosen.rest)]
        with repository.checkout(commit) as tree:
            folder = tree / Path.cwd().resolve().relative_to(repository.root.resolve())
            name = _name(chosen.revision, commit)
            old = planned_before(now, name, folder, options, _mapped(now, repository, tree))
            change.check(old, now, tree)
            before, run, gate = _judged(old, now, change, chosen)
    if chosen.json:
        print(json.dumps(gate.as_dict(), indent=1))
    else:
        print("\n".join(text.gate_lines(gate, screen.width(), screen.ink())))
    for path in reports:
        files.write(summarize(run, gate, before), path)
    return gate.status


def _name(revision: str, commit: str) -> str:
    return f"commit {commit[:12]}" if commit.startswith(revision) else f"{revision} (commit {commit[:12]})"


def _judged(old: Side, now: Side, change: Change, chosen: argparse.Namespace) -> tuple[Run, Run, Gate]:
    """Measure what may differ, and return both sides' runs and the verdicts."""
    cells, total = _asked(now, chosen.cells)
    both = [cell for cell in cells if cell in old.jobs and cell in now.jobs]
    beyond = [cell for cell in both if change.beyond_measuring(now.jobs[cell])]
    same = [] if chosen.all else [cell for cell in both if change.spares(old.jobs[cell], now.jobs[cell])]
    measured = [cell for cell in both if cell not in {*same, *beyond}]
    teller = _teller(chosen)
    duel = Duel(old, now, measured, chosen.budget, Seeds(chosen.seeds), total, teller, teller.decided)
    unmeasured = [*map(_unchanged, sorted(set(same) - set(beyond))), *map(_instrument, sorted(beyond))]
    verdicts = [*duel.fight(), *unmeasured, *(() if chosen.cells else unmatched(old, now))]
    notes = [*_notes(duel, len(same), [] if chosen.all else change.unseen), *_computing(old, now, duel.cells)]
    return duel.side(old), duel.side(now), Gate(old.name, tuple(verdicts), tuple(notes))


def _notes(duel: Duel, same: int, unseen: Sequence[str]) -> Iterator[str]:
    measured = f"{units.counted(duel.rounds, 'round')} of {units.counted(len(duel.cells), 'cell')}"
    if duel.cells:
        yield f"Measured {measured} in {units.duration(duel.spent_s)} of {units.duration(duel.budget_s)}."
    yield from duel.seeds.notes()
    if same:
        yield f"{units.counted(same, 'cell')} not measured because nothing that determines them has changed."
    elif unseen:
        yield f"Everything was measured because models may read what has changed: {', '.join(unseen[:3])}."


def _computing(old: Side, now: Side, cells: Sequence[Cell]) -> Iterator[str]:
    names = {name for cell in cells if old.jobs[cell].key == now.jobs[cell].key for name in now.jobs[cell].computed}
    if names:
        told = ", ".join(sorted(names)[:3])
        yield f"Cells that stand on {told} were measured whatever has changed: what it imports is known to it alone."


def _asked(now: Side, file: str | None) -> tuple[list[Cell], int | None]:
    if file is None:
        return list(now.run.planned.values()), None
    asked = json.loads(Path(file).read_text())
    return [Cell.from_dict(cell) for cell in asked["cells"]], int(asked["total"])


def _unchanged(cell: Cell) -> Verdict:
    return Verdict("equivalent", cell, (cell.fold,), "", "nothing that determines it has changed")


def _instrument(cell: Cell) -> Verdict:
    why = "it is part of the instrument, whose code differs, and the instrument that measures is the same on both sides"
    return Verdict("incomparable", cell, (cell.fold,), "", why)


def _mapped(now: Side, repository: Repository, tree: Path) -> list[Path]:
    """Return where in the other checkout the modules lie that this one finds in the repository, however it does."""
    root = repository.root.resolve()
    return [tree / folder.relative_to(root) for folder in now.roots if folder.is_relative_to(root)]


def _teller(chosen: argparse.Namespace) -> "Teller":
    return Teller(live=sys.stderr.isatty() and not chosen.json, told=not chosen.json)


class Teller:
    """Writes what is decided, line by line, and on a terminal one line of progress below."""

    def __init__(self, *, live: bool, told: bool) -> None:
        self._live, self._told = live, told

    def __call__(self, line: str) -> None:
        if self._live:
            print(f"{_CLEARED}{line[: screen.width() - 1]}", end="", file=sys.stderr, flush=True)

    def decided(self, verdict: Verdict) -> None:
        """Say what one metric of a row has come to, above the line of progress."""
        if self._told and verdict.kind != "inconclusive":
            effect = "" if verdict.effect is None or verdict.effect_is != "ratio" else f", {verdict.effect:.3f}x"
            limit = f" (within {verdict.limit})" if verdict.kind == "equivalent" else ""
            what = f"{verdict.subject}: {verdict.metric} {verdict.kind}{limit}{effect}"
            print(f"{_CLEARED if self._live else ''}decided: {what}", file=sys.stderr, flush=True)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let a request to terminate unwind like an interrupt, so that the checkout is removed."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
