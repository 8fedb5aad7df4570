"""The command: checks the other commit out, runs the duel, and judges."""

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from types import FrameType

from harness.commands import screen
from harness.commands.ab.duel import Duel
from harness.commands.ab.side import Side, planned, planned_before, unmatched
from harness.judge.gate import Gate
from harness.judge.verdict import Verdict
from harness.plan import units
from harness.plan.cell import Cell
from harness.plan.error import SwapError
from harness.record.run import Run
from harness.run.repository import Repository
from harness.show import files, text
from harness.show.summary import summarize

HELP = "measure this working tree against another commit, in turn on this machine, and judge"
PASSES_ON = True  # what is not ours is pytest's: --swap-model cnn, -k expression, --swap-profile standard, ...
_READ_BY_KEYS = {".py", ".pyi"}
_READ_BY_PEOPLE = {".md", ".rst", ".txt"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REV", help="the commit to compare with, such as HEAD~1 or main")
    parser.add_argument("paths", nargs="*", default=["bench"], metavar="PATH", help="test files (default: bench)")
    parser.add_argument(
        "--budget", type=float, default=1800.0, metavar="S", help="seconds to spend measuring (default: %(default)g)"
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
    repository = Repository.around(Path.cwd())
    if repository is None:
        raise SwapError(f"{Path.cwd()} lies in no git repository; go to the one whose commits are to be compared.")
    commit = repository.commit(chosen.revision)
    with _ended_by_signals(), tempfile.TemporaryDirectory(prefix="swapbench-store-") as store:
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nothing is written into the user's checkout
        options = [f"--swap-store={store}", *chosen.rest]
        now = planned("the working tree", Path.cwd(), [*options, *chosen.paths])
        with repository.checkout(commit) as tree:
            folder = tree / Path.cwd().resolve().relative_to(repository.root.resolve())
            old = planned_before(
                now, _name(chosen.revision, commit), folder, options, chosen.paths, _mapped(now, repository, tree)
            )
            _check_modules(old, repository, tree)
            before, run, gate = _judged(old, now, repository.changed(commit), chosen)
    if chosen.json:
        print(json.dumps(gate.as_dict(), indent=1))
    else:
        print("\n".join(text.gate_lines(gate, screen.width(), screen.ink())))
    for path in reports:
        files.write(summarize(run, gate, before), path)
    return gate.status


def _name(revision: str, commit: str) -> str:
    return f"commit {commit[:12]}" if commit.startswith(revision) else f"{revision} (commit {commit[:12]})"


def _judged(old: Side, now: Side, changed: Sequence[str], chosen: argparse.Namespace) -> tuple[Run, Run, Gate]:
    """Measure what may differ, and return both sides' runs and the verdicts."""
    cells, total = _asked(now, chosen.cells)
    both = [cell for cell in cells if cell in old.jobs and cell in now.jobs]
    unseen = [path for path in changed if not _seen_by_keys(path)]
    same = {cell for cell in both if old.jobs[cell].key == now.jobs[cell].key and not unseen and not chosen.all}
    teller = _teller(chosen)
    measured = [cell for cell in both if cell not in same]
    duel = Duel(old, now, measured, chosen.budget, total, teller, teller.decided)
    verdicts = [*duel.fight(), *map(_unchanged, sorted(same)), *(() if chosen.cells else unmatched(old, now))]
    notes = _notes(duel, len(same), [] if chosen.all else unseen)
    return duel.side(old), duel.side(now), Gate(old.name, tuple(verdicts), tuple(notes))


def _notes(duel: Duel, same: int, unseen: Sequence[str]) -> Iterator[str]:
    measured = f"{units.counted(duel.rounds, 'round')} of {units.counted(len(duel.cells), 'cell')}"
    yield f"Measured {measured} in {units.duration(duel.spent_s)} of {units.duration(duel.budget_s)}."
    if same:
        yield f"{units.counted(same, 'cell')} not measured: nothing that determines them has changed."
    elif unseen:
        yield f"Everything was measured, for models may read what has changed: {', '.join(unseen[:3])}."


def _asked(now: Side, file: str | None) -> tuple[list[Cell], int | None]:
    if file is None:
        return list(now.run.planned.values()), None
    asked = json.loads(Path(file).read_text())
    return [Cell(**cell) for cell in asked["cells"]], int(asked["total"])


def _unchanged(cell: Cell) -> Verdict:
    return Verdict("equivalent", cell, (cell.fold,), "", "nothing that determines it has changed")


def _seen_by_keys(path: str) -> bool:
    """Tell whether a change of a file either shows in the keys of the cells that it concerns, or concerns none.

    Keys digest the Python code that cells stand on; documentation is read by people only. Whatever else a model may
    read when it runs, no key knows of.
    """
    suffix = PurePosixPath(path).suffix
    return suffix in _READ_BY_KEYS | _READ_BY_PEOPLE or path.startswith("docs/")


def _mapped(now: Side, repository: Repository, tree: Path) -> list[Path]:
    """Return where in the other checkout the modules lie that this one finds in the repository, however it does."""
    root = repository.root.resolve()
    return [tree / folder.relative_to(root) for folder in now.roots if folder.is_relative_to(root)]


def _check_modules(old: Side, repository: Repository, tree: Path) -> None:
    """Raise SwapError when the other commit's cells would be measured with this working tree's code."""
    root = repository.root.resolve()
    for module, path in old.modules.items():
        if path.is_relative_to(root) and not path.is_relative_to(tree.resolve()):
            raise SwapError(
                f"{old.name}: its module {module} is found in the working tree ({path}) and not in the checkout of "
                "that commit, so both sides would be the same code; install the project in a way that puts its "
                "source folder on the path."
            )


def _teller(chosen: argparse.Namespace) -> "Teller":
    return Teller(shown=sys.stderr.isatty() and not chosen.json)


class Teller:
    """Writes one line of progress over the last one, on a terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown

    def __call__(self, line: str) -> None:
        if self._shown:
            print(f"\r\x1b[2K{line[: screen.width() - 1]}", end="", file=sys.stderr, flush=True)

    def decided(self, verdict: Verdict) -> None:
        """Say what one metric of a row has come to, above the line of progress."""
        if self._shown and verdict.kind != "inconclusive":
            effect = "" if verdict.effect is None or verdict.effect_is != "ratio" else f", {verdict.effect:.3f}x"
            what = f"{verdict.subject}: {verdict.metric} {verdict.kind}{effect}"
            print(f"\r\x1b[2Kdecided: {what}", file=sys.stderr, flush=True)


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
