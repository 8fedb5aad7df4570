"""Engines: what executes jobs. A job goes in, the values of its record come out, and nothing else passes between."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

from swapbench.base.error import SwapError
from swapbench.plan.target import resolve, split
from swapbench.run.job import Job
from swapbench.run.settings import Settings

# Those that are known by a word; any other is named by its target.
ENGINES: Mapping[str, str] = {
    "local": "swapbench.run.local:LocalEngine",
    "ray": "swapbench.run.cluster.engine:RayEngine",
}
# Those that join what is there already where an address follows their word.
_JOINING = ("ray",)
_ADDRESS = "://"

Values = Sequence[dict[str, Any]]


class GoneError(SwapError):
    """An engine that can execute nothing any more, which ends a run: what was measured before is kept."""


class Engine(Protocol):
    """Executes jobs, on this machine or on others.

    All that a cell needs happens where its job runs: its data and artefacts are made there, its rounds are measured
    there, and its record names the environment and the machine that they were measured in. Every job that was submitted
    has a result, however it ended; nothing that is wrong with a cell is raised.
    """

    def submit(self, *sides: Job) -> None:
        """Take a job on; several sides of one comparison make their rounds in turn, on one machine."""

    def result(self, *sides: Job) -> Values:
        """Wait until what was submitted has ended, and return the values of the record of each side (Record.measured
        reads them)."""

    def close(self) -> None:
        """End all that is under way, and let go of what the engine holds."""


class Watcher(Protocol):
    """Whoever is told, while it waits for one result, of what else an engine does."""

    def arrived(self, job: Job, values: Values) -> bool:
        """Take the values of the record of an expected job, which has just ended; tell whether later ones are still
        wanted."""

    def doing(self, nodes: Mapping[str, Sequence[str]]) -> None:
        """Take note of the cells that each machine measures now, by its name."""


@runtime_checkable
class Ahead(Engine, Protocol):
    """An engine that executes several jobs at once, and so is told of all before the first result is asked for."""

    def expect(self, jobs: Iterator[Job], modules: Mapping[str, Path], watcher: Watcher) -> None:
        """Get ready for jobs, whose results will be asked for in about this order, and begin with them; each is taken
        from the iterator when there is room for it, and `watcher` is told of it while a result is waited for.

        `modules` are those, by name, that whoever executes them must have, and can install from nowhere. Raises
        GoneError where nothing can be executed: then there is no run.
        """


# What the target of an engine is: called with the settings of a run, with what to tell whoever waits, and with the
# address that follows its word, if any.
Maker = Callable[..., Engine]


def word(name: str) -> str:
    """Return an engine's name without the address of what it joins, which says nothing of how it measures."""
    return name.partition(_ADDRESS)[0]


def engine(name: str, settings: Settings, tell: Callable[[str], None]) -> Engine:
    """Return an engine by its word or its target; raises SwapError where there is none."""
    owner = f"--swap-engine {name}"
    known, _, address = name.partition(_ADDRESS)
    joins = _ADDRESS in name
    if (joins and (known not in _JOINING or not address)) or (known not in ENGINES and ":" not in name):
        words = ", ".join([*ENGINES, *(f"{one}{_ADDRESS}host:port" for one in _JOINING)])
        raise SwapError(
            f"{owner}: there is no such engine; known are {words}; write 'package.module:name' for your own."
        )
    target = ENGINES.get(known, name)
    split(target, owner)
    try:
        make: Maker = resolve(target)
    except Exception as error:
        raise SwapError(f"{owner}: it cannot be had, {type(error).__name__}: {error}.") from error
    if not callable(make):
        raise SwapError(f"{owner}: {target} cannot be called; name a class or a function that returns an engine.")
    try:
        return make(settings, tell, address) if joins else make(settings, tell)
    except SwapError as error:
        raise SwapError(f"{owner}: {error}") from error
    except Exception as error:
        raise SwapError(f"{owner}: it could not be made, {type(error).__name__}: {error}.") from error
