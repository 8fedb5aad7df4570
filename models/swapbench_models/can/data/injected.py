"""Injected: the frames of attacks, of each family those that it sends at given times.

What makes them is called with the vehicle that is attacked, what decides by chance, its drive, and the times (n,) in
microseconds.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.data.bus import Requests
from swapbench_models.can.data.drive import Drive, Whole
from swapbench_models.can.data.payloads import Payloads
from swapbench_models.can.data.vehicle import Message, Vehicle
from swapbench_models.can.frames.frames import PAYLOAD

IDENTIFIERS = 0x800
Made = Callable[[Vehicle, np.random.Generator, Drive, Whole], Requests]


def _frames(times: Whole, ids: Whole, lengths: NDArray[np.int64] | int, payloads: Payloads) -> Requests:
    long = np.zeros(len(times), np.uint8) + np.asarray(lengths, np.uint8)
    kept = np.where(np.arange(PAYLOAD) < long[:, None], payloads, 0).astype(np.uint8)
    return Requests(times, ids, long, kept, np.ones(len(times), np.int8))


def _random(chance: np.random.Generator, count: int) -> Payloads:
    return chance.integers(0, 256, (count, PAYLOAD)).astype(np.uint8)


def _any_length(chance: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return lengths (n,) as a length code of four bits says them: more than eight are eight, and some are none."""
    return np.minimum(chance.integers(0, 16, count), PAYLOAD)


def flood(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames with identifier 0 and zeros, before which nothing else is sent."""
    return _frames(times, np.zeros_like(times), PAYLOAD, np.zeros((len(times), PAYLOAD), np.uint8))


def fuzzed(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of any identifier, with any eight bytes."""
    ids = chance.integers(0, IDENTIFIERS, len(times))
    return _frames(times, ids, PAYLOAD, _random(chance, len(times)))


def fuzzed_lengths(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of any identifier, with any bytes, of which there may be none."""
    ids = chance.integers(0, IDENTIFIERS, len(times))
    return _frames(times, ids, _any_length(chance, len(times)), _random(chance, len(times)))


def systematic(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of one identifier after the other, known to the vehicle or not, with any bytes."""
    ids = (int(chance.integers(IDENTIFIERS)) + np.arange(len(times))) % IDENTIFIERS
    return _frames(times, ids, _any_length(chance, len(times)), _random(chance, len(times)))


def valid_systematic(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of one of the vehicle's identifiers after the other, with any eight bytes."""
    own = np.array([each.identifier for each in bus.messages])
    return _frames(times, own[np.arange(len(times)) % len(own)], PAYLOAD, _random(chance, len(times)))


def untargeted(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of any of the vehicle's identifiers, with any eight bytes."""
    own = np.array([each.identifier for each in bus.messages])
    return _frames(times, own[chance.integers(0, len(own), len(times))], PAYLOAD, _random(chance, len(times)))


def malfunction(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of one of the identifiers that the vehicle sends most often, with one payload or any."""
    fast = sorted(bus.messages, key=lambda each: each.period_us)[: max(4, len(bus.messages) // 3)]
    identifier = fast[int(chance.integers(len(fast)))].identifier
    payloads = _random(chance, len(times))
    payloads = payloads if chance.integers(2) else np.repeat(payloads[:1], len(times), axis=0)
    return _frames(times, np.full(len(times), identifier), PAYLOAD, payloads)


def spoofed(*channels: str, apart_us: int | None = None) -> Callable[..., Requests]:
    """Return what spoofs channels: frames of their identifiers, each with one payload, in turn or all at once."""

    def made(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
        parts = []
        for turn, channel in enumerate(channels):
            message = bus.carrier(channel)
            # Each from a time of its own on, where they are not sent as a group.
            later = apart_us * turn if apart_us else int(chance.integers(0, 1000)) * min(turn, 1)
            payload = _told(message, chance, driven, times)
            ids = np.full(len(times), message.identifier)
            parts.append(_frames(times + later, ids, message.layout.length, np.tile(payload, (len(times), 1))))
        return Requests.joined(parts)

    return made


def _told(message: Message, chance: np.random.Generator, driven: Drive, times: Whole) -> NDArray[np.uint8]:
    """Return a payload (8,) of a message that tells of something else than what is so."""
    payload = message.layout.payloads(np.zeros(1, np.int64), times[:1], driven)
    drawn = chance.integers(0, 256, 2).astype(np.uint8)
    payload[0, :2] = np.where(drawn == payload[0, :2], drawn ^ 0x55, drawn)
    told: NDArray[np.uint8] = payload[0]
    return told
