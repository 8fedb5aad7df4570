"""Fork servers, as their parent knows them."""

import os
import select
import subprocess
import tempfile
import uuid
from contextlib import suppress
from typing import IO, Any

from swapbench.base.interpreter import command
from swapbench.plan.backend import Backend
from swapbench.run.channel import Channel
from swapbench.run.trace import is_ours

_GRACE_S = 3.0
_START_S = 600.0
_TAIL_BYTES = 4096
_READ_BYTES = 65536


class ForkServer:
    """One fork server; `down` says what it printed where it did not start."""

    def __init__(self, backend: Backend, preload: tuple[str, ...], environment: dict[str, str], start: str) -> None:
        self.preload, self.name = preload, uuid.uuid4().hex[:8]
        self.channel, theirs = Channel.pair()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the server
        self._process = subprocess.Popen(
            command("swapbench.run.server", str(theirs.fileno())),
            env=environment,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=self._errors,
            stderr=self._errors,
            start_new_session=True,
        )
        theirs.close()
        self.tell({"preload": [*backend.preload, *preload], "start": start})
        poll = select.poll()
        poll.register(self.channel.fileno(), select.POLLIN)
        up = self.channel.receive() if poll.poll(_START_S * 1000) else None
        self.start = str(up["start"]) if up else start
        self.down = "" if up else tail(self._errors) or "it printed nothing"

    @classmethod
    def on(
        cls, cpus: tuple[int, ...], backend: Backend, preload: tuple[str, ...], environment: dict[str, str], start: str
    ) -> "ForkServer":
        """Start a server on some cores: what it starts in turn begins its life there."""
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cpus)
        try:
            return cls(backend, preload, environment, start)
        finally:
            os.sched_setaffinity(0, before)

    @property
    def alive(self) -> bool:
        return not self.down and self._process.poll() is None

    def tell(self, message: dict[str, Any], files: tuple[int, ...] = ()) -> None:
        """Send the server a message, and open files with it. One that has just been killed hears of nothing, and its
        end is heard of from the channel."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.channel.send(message, files)

    def kill(self) -> None:
        """End the server at once, and with it, by the kernel's hand, its children."""
        self._process.kill()

    def close(self) -> None:
        """End the server, and whatever children it has."""
        self.channel.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


def tail(stream: IO[bytes]) -> str:
    """Return the end of what was printed, without the interpreter's list of extension modules and our own frames."""
    stream.seek(0, os.SEEK_END)
    stream.seek(max(0, stream.tell() - _READ_BYTES))
    lines = stream.read().decode(errors="replace").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("Extension modules: ") and not is_ours(line)]
    return "".join(kept).encode()[-_TAIL_BYTES:].decode(errors="replace").strip()
