"""Payloads: what is in the frames of one identifier: constants, counters, signals of the drive, a checksum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.data.drive import CHANNELS, Drive, Whole
from swapbench_models.can.frames.frames import PAYLOAD

Payloads = NDArray[np.uint8]
_COUNTS = 16
# What of a hundred identifiers are, by the first of the marks that a drawn number is below.
_CONSTANT, _COUNTED, _MULTIPLEXED, _MEASURED = 35, 50, 60, 90
_KEPT = (0, 0, 0, 0, 255, 128, 64)  # bytes that say nothing are seldom anything else


@dataclass(frozen=True)
class Signal:
    """A channel of the drive in one byte, or in two with the higher one first: `base` and so much of it, over 16."""

    channel: str
    place: int
    width: int
    factor: int
    base: int

    def fill(self, payloads: Payloads, values: Whole) -> None:
        """Write values (n,) into payloads (n, 8)."""
        scaled = self.base + values * self.factor // 16
        for byte in range(self.width):
            payloads[:, self.place + byte] = (scaled >> 8 * (self.width - 1 - byte)) & 255


@dataclass(frozen=True)
class Layout:
    """What is where in a payload of `length` bytes; `kept` stand where nothing else does.

    A counter of four bits stands in the lower half of the byte `counter`; `pages` (m, 3) are what follows a first byte
    that numbers them in turn; `checksum` is `xor` or `sum` of all bytes where the last one makes it zero.
    """

    length: int
    kept: bytes
    signals: tuple[Signal, ...] = ()
    counter: int | None = None
    pages: tuple[bytes, ...] = ()
    checksum: str = ""

    def payloads(self, numbers: Whole, times_us: Whole, driven: Drive) -> Payloads:
        """Return the payloads (n, 8) of the frames with these numbers (n,), at these times (n,) of a drive."""
        filled = np.tile(np.frombuffer(self.kept, np.uint8), (len(numbers), 1))
        for signal in self.signals:
            signal.fill(filled, driven.at(signal.channel, times_us))
        if self.pages:
            pages = np.frombuffer(b"".join(self.pages), np.uint8).reshape(len(self.pages), -1)
            turn = numbers % len(pages)
            filled[:, 0] = turn
            filled[:, 1 : 1 + pages.shape[1]] = pages[turn]
        if self.counter is not None:
            filled[:, self.counter] = (filled[:, self.counter] & 0xF0) | (numbers % _COUNTS)
        if self.checksum:
            filled[:, self.length - 1] = self._closing(filled)
        return filled

    def _closing(self, filled: Payloads) -> NDArray[np.uint8]:
        others = filled[:, : self.length - 1]
        if self.checksum == "xor":
            closing: NDArray[np.uint8] = np.bitwise_xor.reduce(others, axis=1)
            return closing
        return np.asarray(-others.sum(axis=1, dtype=np.int64) % 256, np.uint8)


def layout(chance: np.random.Generator, carries: str = "", event: bool = False) -> Layout:
    """Return a drawn layout: one with a counter and a checksum that carries a channel of the drive, or any."""
    kind = int(chance.integers(100))
    length = PAYLOAD if carries or chance.integers(4) else int(chance.integers(1, PAYLOAD))
    kept = bytes(_KEPT[each] for each in chance.integers(0, len(_KEPT), length)).ljust(PAYLOAD, b"\0")
    if carries:
        return Layout(length, kept, (_signal(chance, carries, 0, 2),), 6, checksum="xor")
    if event:
        return Layout(length, kept, (_signal(chance, "steering", 0, 1),))
    if kind < _CONSTANT or length < 3:
        return Layout(length, kept)
    counter, checksum = length - 2, ("xor", "sum", "")[int(chance.integers(3))]
    if kind < _COUNTED:
        return Layout(length, kept, counter=counter, checksum=checksum)
    if kind < _MULTIPLEXED and length == PAYLOAD:
        pages = tuple(chance.integers(0, 256, 3).astype(np.uint8).tobytes() for _ in range(int(chance.integers(3, 9))))
        return Layout(length, kept, pages=pages, checksum=checksum)
    places = range(0, counter - 1, 2) if kind < _MEASURED else range(1)
    signals = tuple(_signal(chance, "", place, 2 if counter > 1 else 1) for place in places)
    return Layout(length, kept, signals, counter if kind < _MEASURED else None, checksum=checksum)


def _signal(chance: np.random.Generator, channel: str, place: int, width: int) -> Signal:
    drawn = CHANNELS[int(chance.integers(len(CHANNELS)))]
    factor, base = int(chance.integers(8, 64)), int(chance.integers(0, 64 if width == 1 else 4096))
    return Signal(channel or drawn, place, width, factor, base)
