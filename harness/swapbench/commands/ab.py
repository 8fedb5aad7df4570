"""`swapbench ab`: the working tree against another commit."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from swapbench.base.error import SwapError
from swapbench.commands import screen
from swapbench.judge.verdict import Verdict
from swapbench.paired.against import BENCH, Question, Teller, compare
from swapbench.run.repository import Repository
from swapbench.show import files, text
from swapbench.show.summary import summarize

HELP = "measure this working tree against another commit, in turn on this machine, and judge"
PASSES_ON = "All other options are pytest's and the plugin's, such as --swap-model cnn or -k expression."

_CLEARED = "\r\x1b[2K"  # the line that the cursor is on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("revision", metavar="REV", help="the commit to compare with, such as HEAD~1 or main")
    parser.add_argument("paths", nargs="*", metavar="PATH", help=f"test files (default: {BENCH})")
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


def run(chosen: argparse.Namespace) -> int:
    """Print the verdicts; the status is the gate's."""
    reports = [Path(path) for path in chosen.report]
    for path in reports:
        files.check(path, "--report")
    if not chosen.budget > 0:
        raise SwapError(f"--budget {chosen.budget:g}: give a positive number of seconds.")
    if chosen.seeds < 1:
        raise SwapError(f"--seeds {chosen.seeds}: give a number from 1 on; 1 trains under the run's own seed alone.")
    here = Path.cwd()
    repository = Repository.around(here)
    if repository is None:
        raise SwapError(f"{here} lies in no git repository; go to the one whose commits are to be compared.")
    asked = Question(
        chosen.revision, here, chosen.paths, chosen.rest, chosen.budget, chosen.seeds, everything=chosen.all
    )
    line = _Line(live=sys.stderr.isatty() and not chosen.json, told=not chosen.json)
    with _ended_by_signals():
        answer = compare(repository, asked, Teller(line.progress, line.decided))
    if chosen.json:
        print(json.dumps(answer.gate.as_dict(), indent=1))
    else:
        print("\n".join(text.gate_lines(answer.gate, screen.width(), screen.ink())))
    for path in reports:
        files.write(summarize(answer.now, answer.gate, answer.before), path)
    return answer.gate.status


class _Line:
    """Writes what is decided, line by line, and on a terminal one line of progress below."""

    def __init__(self, *, live: bool, told: bool) -> None:
        self._live, self._told = live, told

    def progress(self, line: str) -> None:
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
