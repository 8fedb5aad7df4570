"""Engines: what executes jobs. A job goes in, the values of its record come out, and nothing else passes between."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from swapbench.base.error import SwapError
from swapbench.plan.target import resolve, split
from swapbench.run.job import Job
from swapbench.run.settings import Settings

# Those that are known by a word; any other is named by its target.
ENGINES: Mapping[str, str] = {"local": "swapbench.run.local:LocalEngine"}


class Engine(Protocol):
    """Executes jobs, on this machine or on others.

    All that a cell needs happens where its job runs: its data and artefacts are made there, its rounds are measured
    there, and its record names the environment and the machine that they were measured in. Every job that was submitted
    has a result, however it ended; nothing that is wrong with a cell is raised.
    """

    def submit(self, *sides: Job) -> None:
        """Take a job on; several sides of one comparison make their rounds in turn, on one machine."""

    def result(self, *sides: Job) -> Sequence[dict[str, Any]]:
        """Wait until what was submitted has ended, and return the values of the record of each side (Record.measured
        reads them)."""

    def close(self) -> None:
        """End all that is under way, and let go of what the engine holds."""


# What the target of an engine is: called with the settings of a run, and with what to tell whoever waits.
Maker = Callable[[Settings, Callable[[str], None]], Engine]


def engine(name: str, settings: Settings, tell: Callable[[str], None]) -> Engine:
    """Return an engine by its word or its target; raises SwapError where there is none."""
    owner = f"--swap-engine {name}"
    if name not in ENGINES and ":" not in name:
        known = ", ".join(ENGINES)
        raise SwapError(
            f"{owner}: there is no such engine; known are {known}; write 'package.module:name' for your own."
        )
    target = ENGINES.get(name, name)
    split(target, owner)
    try:
        make: Maker = resolve(target)
    except Exception as error:
        raise SwapError(f"{owner}: it cannot be had, {type(error).__name__}: {error}.") from error
    if not callable(make):
        raise SwapError(f"{owner}: {target} cannot be called; name a class or a function that returns an engine.")
    try:
        return make(settings, tell)
    except Exception as error:
        raise SwapError(f"{owner}: it could not be made, {type(error).__name__}: {error}.") from error
