"""The engine `ray`: has jobs executed on the nodes of a cluster, several at once, and hears of them as they end."""

import importlib.metadata
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.base.waiting import OnStderr
from swapbench.plan.cell import Cell
from swapbench.plan.code import code_of
from swapbench.run.cluster.footing import Footing, targets
from swapbench.run.cluster.order import ordered
from swapbench.run.cluster.process import DriverProcess
from swapbench.run.engine import GoneError, Values, Watcher
from swapbench.run.job import Earlier, Job
from swapbench.run.settings import Settings

_Known = tuple[tuple[Cell, str, int, tuple[int, ...], Earlier], ...]
# How many orders a driver is given for each that it can have executed at once, and how many more: those that wait for
# an artefact, or for one certain node, must not leave the others idle.
_AHEAD, _SPARE = 8, 200


@dataclass
class _Session:
    """What is under way on one cluster: orders that have not ended, by their numbers, the values of those that have and
    were not asked for yet, and on which node each is executed."""

    driver: DriverProcess
    room: int = 0
    numbers: dict[_Known, int] = field(default_factory=dict)
    waiting: dict[int, tuple[Job, ...]] = field(default_factory=dict)
    values: dict[int, Values] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    footings: set[str] = field(default_factory=set)
    next: int = 0


class RayEngine:
    """Executes jobs on the nodes of a cluster: the one at `address` (host:port), or one of its own on this machine."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None, address: str = "") -> None:
        """Start nothing yet; raises SwapError where Ray is not installed, or the address is none."""
        try:
            importlib.metadata.version("ray")
        except importlib.metadata.PackageNotFoundError:
            raise SwapError("it needs Ray, which is not installed: pip install 'swapbench[ray]'.") from None
        if address and not re.fullmatch(r"[\w.:\[\]-]+:\d+", address):
            raise SwapError(f"{address!r} is no address; write host:port, as `ray start` prints it.")
        self._settings, self._tell, self._address = settings, tell or OnStderr(), address
        self._coming: Iterator[Job] = iter(())
        self._watcher: Watcher | None = None
        self._begun: _Session | None = None

    def expect(self, jobs: Iterator[Job], modules: Mapping[str, Path], watcher: Watcher) -> None:
        """Begin with jobs, each as there is room for it; where there is none, with nothing. See run.engine.Ahead."""
        first = next(jobs, None)
        if first is not None:
            self._coming, self._watcher = chain([first], jobs), watcher
            self._fill(self._session(modules))

    def submit(self, *sides: Job) -> None:
        """Take a job on, unless it was expected and is under way."""
        session = self._session(code_of(*targets(sides)).modules if self._begun is None else {})
        if _known(sides) not in session.numbers:
            self._order(session, sides)

    def result(self, *sides: Job) -> Values:
        """Wait for a job, taking in meanwhile what has become of others."""
        self.submit(*sides)
        session = self._session({})
        number = session.numbers.pop(_known(sides))
        if number not in session.values:
            session.driver.send({"event": "wanted", "number": number})
        while number not in session.values or session.driver.has_news:
            try:
                self._hear(session)
            except GoneError:
                if number in session.values:
                    break  # what comes after it is told to whoever asks for that
                raise
        return session.values.pop(number)

    def close(self) -> None:
        """End all that is under way, and the cluster where it is our own."""
        session, self._begun, self._coming = self._begun, None, iter(())
        if session is not None:
            session.driver.close()

    def _session(self, modules: Mapping[str, Path]) -> _Session:
        if self._begun is None:
            self._begun = _Session(DriverProcess(self._address, self._settings, modules))
            while not self._begun.room:
                self._hear(self._begun)
        return self._begun

    def _fill(self, session: _Session) -> None:
        while len(session.waiting) < session.room and (job := next(self._coming, None)) is not None:
            self._order(session, (job,))

    def _order(self, session: _Session, sides: Sequence[Job]) -> None:
        footing = Footing.of(*sides)
        if footing.digest not in session.footings:
            session.driver.send({"event": "footing", "digest": footing.digest, "text": json.dumps(asdict(footing))})
            session.footings.add(footing.digest)
        number, session.next = session.next, session.next + 1
        order = ordered(number, sides, footing.digest, apart=self._spread)
        session.driver.send({"event": "order", "order": order.as_dict()})
        session.numbers[_known(sides)] = number
        session.waiting[number] = tuple(sides)

    @property
    def _spread(self) -> bool:
        """Whether it does not matter which machine measures what: they are of one class, or no time is compared."""
        return self._settings.machine_class is not None or self._settings.slot.mode == "none"

    def _hear(self, session: _Session) -> None:
        """Wait for the next news of the driver, and take it in."""
        news = session.driver.channel.receive()
        if news is None:
            raise GoneError(f"the cluster is gone ({session.driver.ended}).")
        self._take(session, news)
        if session.room:
            self._fill(session)

    def _take(self, session: _Session, news: dict[str, Any]) -> None:
        event, number = news["event"], news.get("number", -1)
        if event == "gone":
            raise GoneError(f"{news['why'].rstrip('.')}.")
        if event == "say":
            self._tell(news["sentence"])
        elif event == "up":
            session.room = int(_AHEAD * news["cpus"] / self._settings.threads) + _SPARE
        elif event == "began":
            session.places[number] = news["node"]
        elif event == "lost":
            session.places.pop(number, None)
        elif event == "done":
            self._end(session, number, [_tried(values, news["losses"]) for values in news["values"]])
        elif event == "given up":
            self._end(session, number, [_given_up(side, news["losses"]) for side in session.waiting[number]])
        if event in ("began", "lost", "done", "given up") and self._watcher is not None:
            self._watcher.doing(_doing(session))

    def _end(self, session: _Session, number: int, values: Values) -> None:
        sides = session.waiting.pop(number)
        session.places.pop(number, None)
        session.values[number] = values
        if len(sides) == 1 and self._watcher is not None and not self._watcher.arrived(sides[0], values):
            self._coming = iter(())
            session.driver.send({"event": "enough", "number": number})


def _known(sides: Sequence[Job]) -> _Known:
    return tuple((side.cell, side.key, side.rounds, side.seeds, side.earlier) for side in sides)


def _doing(session: _Session) -> dict[str, list[str]]:
    """Return the cells that each node measures now."""
    found: dict[str, list[str]] = {}
    for number, node in session.places.items():
        found.setdefault(node, []).extend(f"{side.cell.phase}[{side.cell.id}]" for side in session.waiting[number])
    return dict(sorted(found.items()))


def _tried(values: dict[str, Any], losses: Sequence[str]) -> dict[str, Any]:
    """Return the values of a record with the tries before it that were lost."""
    return {**values, "attempts": [*({"options": {}, "reason": why} for why in losses), *values["attempts"]]}


def _given_up(side: Job, losses: Sequence[str]) -> dict[str, Any]:
    """Return the values of the record of a cell with which everything died that measured it."""
    whys = " and ".join(dict.fromkeys(losses))
    reason = f"it is not tried again, for what measured it died each of {len(losses)} times: {whys}"
    values = {"cell": side.cell.as_dict(), "key": side.key, "status": "crashed", "reason": reason, "attempts": []}
    return _tried(values, losses)
