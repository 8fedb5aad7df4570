"""The engine `ray`: has jobs executed on the nodes of a cluster, several at once, and hears of them as they end."""

import importlib.metadata
import json
import os
import secrets
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from swapbench.base.error import SwapError
from swapbench.base.interpreter import command
from swapbench.base.waiting import OnStderr
from swapbench.plan.cell import Cell
from swapbench.run.cache import seal_of
from swapbench.run.channel import Channel
from swapbench.run.cluster import own
from swapbench.run.cluster.footing import Footing
from swapbench.run.cluster.node import MARK
from swapbench.run.cluster.order import Order, artefacts
from swapbench.run.engine import GoneError, Values, Watcher
from swapbench.run.fork_server import tail
from swapbench.run.job import Earlier, Job
from swapbench.run.machine import cores
from swapbench.run.settings import Settings

_Known = tuple[tuple[Cell, str, int, tuple[int, ...], Earlier], ...]
_GRACE_S = 15.0


class RayEngine:
    """Executes jobs on the nodes of a cluster: the one at `address` (host:port), or one of its own on this machine."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] | None = None, address: str = "") -> None:
        """Start nothing yet; raises SwapError where Ray is not installed."""
        try:
            importlib.metadata.version("ray")
        except importlib.metadata.PackageNotFoundError:
            raise SwapError("it needs Ray, which is not installed: pip install 'swapbench[ray]'.") from None
        self._settings, self._tell, self._address = settings, tell or OnStderr(), address
        self._driver: Driver | None = None
        self._coming: Iterator[Job] = iter(())
        self._watcher: Watcher | None = None
        self._numbers: dict[_Known, int] = {}
        self._open: dict[int, tuple[Job, ...]] = {}
        self._values: dict[int, Values] = {}
        self._next = 0
        self._room = 0
        self._footings: set[str] = set()
        self._nodes: dict[int, str] = {}

    def expect(self, jobs: Iterator[Job], own: Mapping[str, Path], watcher: Watcher) -> None:
        """Begin with jobs, each as there is room for it; see run.engine.Ahead."""
        self._coming, self._watcher = jobs, watcher
        self._connected()
        self._fill()

    def submit(self, *sides: Job) -> None:
        """Take a job on, unless it was expected and is under way."""
        if _known(sides) not in self._numbers:
            self._order(sides)

    def result(self, *sides: Job) -> Values:
        """Wait for a job, taking in meanwhile what has become of others."""
        self.submit(*sides)
        number = self._numbers.pop(_known(sides))
        if number not in self._values:
            self._connected().send({"event": "wanted", "number": number})
        while number not in self._values:
            self._hear()
        while self._connected().channel.pending or self._connected().ready:
            self._hear()
        return self._values.pop(number)

    def close(self) -> None:
        """End all that is under way, and the cluster where it is our own."""
        driver, self._driver = self._driver, None
        self._coming, self._room = iter(()), 0
        if driver is not None:
            driver.close()

    def _connected(self) -> "Driver":
        if self._driver is None:
            self._driver = Driver(self._address, self._settings)
            while not self._room:
                self._hear()
        return self._driver

    def _fill(self) -> None:
        while len(self._open) < self._room and (job := next(self._coming, None)) is not None:
            self._order((job,))

    def _order(self, sides: Sequence[Job]) -> None:
        driver, footing = self._connected(), Footing.of(sides[0])
        if footing.digest not in self._footings:
            driver.send({"event": "footing", "digest": footing.digest, "text": json.dumps(asdict(footing))})
            self._footings.add(footing.digest)
        number, self._next = self._next, self._next + 1
        first = sides[0].request
        order = Order(
            number=number,
            jobs=tuple(side.as_dict() for side in sides),
            cells=tuple(str(side.cell) for side in sides),
            cpus=first.threads,
            gpus=0,
            memory=first.memory_limit or 0,
            makes=artefacts(sides),
            together="",
            footing=footing.digest,
            seal=seal_of(Path(first.cache) / first.data) or "",
        )
        driver.send({"event": "order", "order": order.as_dict()})
        self._numbers[_known(sides)] = number
        self._open[number] = tuple(sides)

    def _hear(self) -> None:
        """Wait for the next news of the driver, and take it in."""
        if self._driver is None:
            return
        news = self._driver.channel.receive()
        if news is None:
            raise GoneError(f"its process has ended: {self._driver.last_words}")
        if news["event"] == "gone":
            raise GoneError(news["why"])
        if news["event"] == "up":
            self._room = int(8 * news["cpus"]) + 200
        if news["event"] == "began":
            self._nodes[news["number"]] = news["node"]
        if news["event"] == "done":
            self._end(news["number"], news["values"])
        self._fill()

    def _end(self, number: int, values: Values) -> None:
        sides = self._open.pop(number)
        self._nodes.pop(number, None)
        self._values[number] = values
        if len(sides) == 1 and self._watcher is not None:
            self._watcher.arrived(sides[0], values)


def _known(sides: Sequence[Job]) -> _Known:
    return tuple((side.cell, side.key, side.rounds, side.seeds, side.earlier) for side in sides)


class Driver:
    """The driver's process, as its engine knows it."""

    def __init__(self, address: str, settings: Settings) -> None:
        self._folder = None if address else own.begun()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self.channel, theirs = Channel.pair()
        self._process = subprocess.Popen(
            command("swapbench.run.cluster.driver", str(theirs.fileno())),
            env=_variables(address, self._folder),
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,
        )
        theirs.close()
        home = {"settings": settings.as_dict(), "folder": os.getcwd(), "paths": _paths()}
        self.send(
            {"address": address, "folder": str(self._folder or ""), "cores": len(cores()), "home": home}
        )

    def send(self, message: dict[str, Any]) -> None:
        self.channel.send(message)

    @property
    def ready(self) -> bool:
        """Whether there are news."""
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    @property
    def last_words(self) -> str:
        return (tail(self._errors).splitlines() or ["it printed nothing"])[-1]

    def close(self) -> None:
        self.channel.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()
        if self._folder is not None:
            own.end(self._folder)


def _paths() -> list[str]:
    return [entry or os.getcwd() for entry in sys.path]


def _variables(address: str, folder: Path | None) -> dict[str, str]:
    """Return the variables of the driver's process, and of a cluster that it begins: nobody but us may join that, and
    it listens nowhere but on this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    given = {"PYTHONPATH": os.pathsep.join(_paths()), "RAY_USAGE_STATS_ENABLED": "0"}
    if address.rpartition(":")[0] in ("", "127.0.0.1", "localhost"):
        given["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # which is what Ray calls listening on loopback alone
    if folder is not None:
        kept = {name: value for name, value in kept.items() if not name.startswith("RAY_")}
        given |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), MARK: str(folder)}
    return {**kept, **given}
