"""Turns: how a child asks its parent for the machine, and to be told when others who measure in step go on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from swapbench.run.channel import Channel


@dataclass(frozen=True)
class Turns:
    """The child's side of being supervised. `in_step` says that each timed call needs a turn of its own."""

    channel: Channel
    in_step: bool = False

    def begin(self, device: str | None = None) -> None:
        """Wait for the machine, and for the device of that name where there is one."""
        self._wait({"event": "ready", "device": device})

    def next(self) -> None:
        """Wait for the turn of the next timed call."""
        if self.in_step:
            self._wait({"event": "ready"})

    def go_on(self, enough: bool) -> bool:
        """Tell whether to make another call, for which all sides must have the same answer: until all have `enough`."""
        if not self.in_step:
            return not enough
        return not self._wait({"event": "ready", "enough": enough}).get("stop", False)

    def end(self) -> None:
        """Say that the last call is made, and wait until all who measure in step have made theirs."""
        self._wait({"event": "timed"})

    @contextmanager
    def blocked(self, _lock: Path) -> Iterator[None]:
        """Say that this child waits for the holder of a lock, which is no part of its own time."""
        self.channel.send({"event": "blocked"})
        yield
        self.channel.send({"event": "unblocked"})

    def _wait(self, message: dict[str, Any]) -> dict[str, Any]:
        self.channel.send(message)
        reply = self.channel.receive()
        if reply is None:
            os._exit(1)  # the parent is gone, and nobody would read an answer
        return reply
