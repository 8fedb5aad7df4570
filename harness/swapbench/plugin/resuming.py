"""Resuming: going on with a run of before, as the same experiment."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.plugin.choices import Choices
from swapbench.plugin.options import LAST
from swapbench.record.journal import Journal
from swapbench.record.underway import underway

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class Start:
    """How a session begins: the run that it is, whether that had begun before, and the seals of the records that it had
    of cells which had ended well."""

    run: str
    resumed: bool
    seals: frozenset[str] = frozenset()

    def summary(self, seals: frozenset[str], records: int) -> str:
        """Say how much of a resumed run was there before, of those that it has now."""
        taken = len(self.seals & seals)
        return (
            f"run {self.run} was resumed: {units.counted(taken, 'cell')} taken from its journal, {records - taken} "
            "measured."
        )


def start(choices: Choices, journal: Journal | None, run: str) -> Start:
    """Return the run to go on with, where one is asked for and there is one, else a new one called `run`.

    Raises SwapError when that run was another experiment, is still being measured, or there is none of its name.
    """
    last = choices.resume
    if last == LAST:
        last = journal.last_run() if journal is not None else None
    if last is None:
        return Start(run, resumed=False)
    if journal is None:
        raise SwapError(f"--swap-resume={last}: there is no journal in {choices.settings.store}, so no run to resume.")
    _check(last, journal.settings(last), choices.experiment())
    _wait_for_the_end(last, journal.path.parent)
    return Start(last, resumed=True, seals=journal.seals(last))


def _wait_for_the_end(run: str, store: Path) -> None:
    """Wait for what a run that was killed leaves to end by itself; raises SwapError when it is measured by others."""
    end = time.monotonic() + _PATIENCE_S
    while run in underway(store):
        if time.monotonic() > end:
            raise SwapError(f"--swap-resume: run {run} is being measured; resume it when it has ended.")
        time.sleep(0.1)


def _check(run: str, before: dict[str, Any] | None, now: dict[str, Any]) -> None:
    if before is None:
        raise SwapError(
            f"--swap-resume: run {run} does not say with which options it was measured, for an older swapbench made "
            "it; measure anew, without --swap-resume."
        )
    differing = [name for name in now if before.get(name) != now[name]]
    if differing:
        was, asked = (", ".join(_option(name, values.get(name)) for name in differing) for values in (before, now))
        raise SwapError(
            f"--swap-resume: run {run} was measured with {was}, and this one is asked for with {asked}, which is "
            "another experiment; resume with the options of then, or measure anew without --swap-resume."
        )


def _option(name: str, value: Any) -> str:
    """(rounds, 3) -> '--swap-rounds 3'; (rounds, None) -> 'no --swap-rounds'; (gate, True) -> '--swap-gate'."""
    if value is None or value is False:
        return f"no --swap-{name}"
    return f"--swap-{name}" if value is True else f"--swap-{name} {value}"
