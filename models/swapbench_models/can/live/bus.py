"""A bus: frames from an interface that python-can knows, as they are received."""

import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import EXTENDED, Frames

if TYPE_CHECKING:
    from can import BusABC, Message

_MOST = 1000  # frames of a part
_WAITS_S = 0.05  # for frames that come slowly


def received(interface: str, channel: str, seconds: float | None = None) -> Generator[Frames, None, None]:
    """Yield the frames that an interface receives, those that are there at a time together, for ever or for some
    seconds.

    Remote and error frames say nothing of payloads and are left out. Raises CanError where the interface cannot be
    opened, or ends, and at once for what is no time above 0.
    """
    if seconds is not None and not seconds > 0:
        raise CanError(f"{seconds:g} s are no time to receive for; give one above 0, or none to go on for ever.")
    return _received(interface, channel, seconds)


def _received(interface: str, channel: str, seconds: float | None) -> Generator[Frames, None, None]:
    from can import Bus
    from can import CanError as LibraryError

    try:
        with Bus(channel=channel, interface=interface) as bus:
            yield from _parts(bus, None if seconds is None else time.monotonic() + seconds)
    except (LibraryError, OSError, ValueError, ImportError, NotImplementedError) as error:
        raise CanError(f"--interface {interface} --channel {channel}: cannot be received from ({error}).") from error


def _parts(bus: "BusABC", until: float | None) -> Iterator[Frames]:
    while until is None or time.monotonic() < until:
        messages = []
        message = bus.recv(_WAITS_S)
        while message is not None:
            messages.append(message)
            message = bus.recv(0) if len(messages) < _MOST else None
        kept = [each for each in messages if not (each.is_error_frame or each.is_remote_frame)]
        if kept:
            yield _frames(kept)


def _frames(messages: "list[Message]") -> Frames:
    return Frames.of(
        [each.timestamp for each in messages],
        [each.arbitration_id | (EXTENDED if each.is_extended_id else 0) for each in messages],
        [bytes(each.data) for each in messages],
    )
