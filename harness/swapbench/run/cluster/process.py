"""The driver's process, as the engine that has started it knows it."""

import os
import re
import secrets
import select
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from swapbench.base.interpreter import command
from swapbench.run.channel import Channel
from swapbench.run.cluster import luggage, own
from swapbench.run.cluster.node import MARK
from swapbench.run.fork_server import tail
from swapbench.run.machine import cores
from swapbench.run.settings import Settings

_GRACE_S = 15.0
# What Ray's own libraries print before each sentence: when, which process and thread, and where.
_LOGGED = re.compile(r"^\[[^]]*\]\s*(\S+:\d+:)?\s*")
_LOOPBACK = ("", "127.0.0.1", "localhost")


class DriverProcess:
    """A driver that joins the cluster at an address, for which it takes along some `modules`, or begins one of its own
    on this machine."""

    def __init__(self, address: str, settings: Settings, modules: Mapping[str, Path]) -> None:
        self._own = None if address else own.begun()
        self._luggage = tempfile.TemporaryDirectory(prefix="swapbench-")
        if address:
            luggage.pack(modules, Path(self._luggage.name))
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the process
        self.channel, theirs = Channel.pair()
        self._process = subprocess.Popen(
            command("swapbench.run.cluster.driver", str(theirs.fileno())),
            env=_variables(address, self._own),
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,
        )
        theirs.close()
        home = {"settings": settings.as_dict(), "folder": os.getcwd(), "paths": _paths()}
        place = {
            "luggage": self._luggage.name,
            "folder": str(self._own / own.RAY) if self._own else "",
            "cache": str(settings.cache.resolve()),
        }
        self.send({"address": address, "cores": len(cores()), "home": home, **place})

    def send(self, message: dict[str, Any]) -> None:
        """Tell it something, unless it has ended, as its news say then."""
        with suppress(BrokenPipeError):
            self.channel.send(message)

    @property
    def has_news(self) -> bool:
        """Whether it has said something, or has ended."""
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        return self.channel.pending or bool(poll.poll(0))

    @property
    def ended(self) -> str:
        """Say how it has ended, in the words that it, or Ray in it, has printed last."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(_GRACE_S)
            if code < 0:
                return f"the process that speaks with it was ended by signal {-code}"
        last = (tail(self._errors).splitlines() or ["it printed nothing"])[-1]
        return _LOGGED.sub("", last).partition(". ")[0].rstrip(".")

    def close(self) -> None:
        """End it, and the cluster that it has begun; also where one does not wait for that."""
        self.channel.close()
        try:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_GRACE_S)
        finally:
            self._process.kill()
            self._process.wait()
            self._errors.close()
            self._luggage.cleanup()
            if self._own is not None:
                own.end(self._own)


def _paths() -> list[str]:
    return [entry or os.getcwd() for entry in sys.path]


def _variables(address: str, folder: Path | None) -> dict[str, str]:
    """Return the variables of the driver's process, and of a cluster that it begins: nobody but us may join that, and
    it listens nowhere but on this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    given = {"PYTHONPATH": os.pathsep.join(_paths()), "RAY_USAGE_STATS_ENABLED": "0"}
    given["RAY_RUNTIME_ENV_IGNORE_GITIGNORE"] = "1"  # what a repository need not keep is needed all the same
    if address.rpartition(":")[0] in _LOOPBACK:
        given["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"  # which is what Ray calls listening on loopback alone
    if folder is not None:
        kept = {name: value for name, value in kept.items() if not name.startswith("RAY_")}
        # By which a process that gives itself a title leaves its variables as they are, and so the one it is known by.
        given["SPT_NOENV"] = "1"
        given |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32), MARK: str(folder)}
    return {**kept, **given}
