"""In turn: what the commands have in common that measure two sides until each verdict is decided."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from swapbench.base.error import SwapError
from swapbench.base.system import require_linux
from swapbench.commands import screen
from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.paired.question import BENCH, Answer, Teller
from swapbench.show import files
from swapbench.show.paragraph import harmless
from swapbench.show.summary import summarize
from swapbench.show.verdicts import change_of

_QUIET_S = 30.0  # between two lines of progress where there is no terminal
_CLEARED = "\r\x1b[2K"  # the line that the cursor is on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which tests are measured, for how long, and what is written of it."""
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
    parser.add_argument(
        "--report", action="append", default=[], metavar="PATH", help="write a report: .html, .md, .csv or .json"
    )


def question(chosen: argparse.Namespace, names: Mapping[str, str]) -> dict[str, Any]:
    """Return what was asked, as the fields of a Question; raises SwapError for what cannot be done.

    `names` are those of the two sides, as they were given, by what they are called in the usage.
    """
    require_linux()
    _require_names_first(chosen, names)
    for path in chosen.report:
        files.check(Path(path), "--report")
    if not chosen.budget > 0:
        raise SwapError(f"--budget {chosen.budget:g}: give a positive number of seconds.")
    if chosen.seeds < 1:
        raise SwapError(f"--seeds {chosen.seeds}: give a number from 1 on; 1 trains under the run's own seed alone.")
    return {
        "folder": Path.cwd(),
        "paths": chosen.paths,
        "options": chosen.rest,
        "budget_s": chosen.budget,
        "seeds": chosen.seeds,
    }


def _require_names_first(chosen: argparse.Namespace, names: Mapping[str, str]) -> None:
    """Raise SwapError where an option that pytest alone knows stands before a name, which may be its value."""
    last = -1
    for name in names.values():
        last = chosen.given.index(name, last + 1)
    for option in chosen.given[:last]:
        if option in chosen.rest and option.startswith("-") and "=" not in option:
            wanted, those = " ".join(names), "them" if len(names) > 1 else "it"
            raise SwapError(
                f"{option} is an option of pytest, and what stands after it may be its value: give {wanted} first, and "
                f"{option} after {those}, as in `swapbench {chosen.command} {wanted} {option} ...`."
            )


def answer(chosen: argparse.Namespace, ask: Callable[[Teller], Answer], shown: Callable[[Gate], Iterator[str]]) -> int:
    """Have a question answered, print what is `shown` of that and write the reports; the status is the gate's."""
    line = _Line(live=sys.stderr.isatty() and not chosen.json, told=not chosen.json)
    with _ended_by_signals():
        found = ask(Teller(line.progress, line.decided))
    if chosen.json:
        print(json.dumps(found.gate.as_dict(), indent=1))
    else:
        print("\n".join(shown(found.gate)))
    for path in chosen.report:
        files.write(summarize(found.run, found.gate, found.baseline), Path(path))
    return found.gate.status


class _Line:
    """Writes what is decided, line by line, and on a terminal one line of progress below; elsewhere one now and then,
    for it can be half an hour until the first thing is decided."""

    def __init__(self, *, live: bool, told: bool) -> None:
        self._live, self._told = live, told
        self._next = time.monotonic() + _QUIET_S

    def progress(self, line: str) -> None:
        if self._live:
            print(f"{_CLEARED}{harmless(line)[: screen.width() - 1]}", end="", file=sys.stderr, flush=True)
        elif self._told and time.monotonic() >= self._next:
            print(harmless(f"measuring: {line}"), file=sys.stderr, flush=True)
            self._next = time.monotonic() + _QUIET_S

    def decided(self, verdict: Verdict) -> None:
        """Say what one metric of a row has come to, above the line of progress."""
        if self._told and verdict.kind != "inconclusive":
            change = " ".join(filter(None, change_of(verdict)))
            effect = f", {change}" if change and verdict.effect_is == "ratio" else ""
            limit = f" (within {verdict.limit})" if verdict.kind == "equivalent" and verdict.limit else ""
            what = harmless(f"{verdict.subject}: {verdict.metric} {verdict.kind}{limit}{effect}")
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
