"""Attacks: what is injected into a recording, and when."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.data.bus import Requests, nothing
from swapbench_models.can.data.drive import SECOND, Drive, Whole
from swapbench_models.can.data.payloads import Payloads
from swapbench_models.can.data.plan import EARLY, Entry, Plan
from swapbench_models.can.data.vehicle import Message, Vehicle
from swapbench_models.can.frames.frames import PAYLOAD

IDENTIFIERS = 0x800
_FEWEST = 4  # injections of a recording whose number of them the plan leaves to the mix
_LATER = 0.6  # of an injection by its pace, at most, and 0.4 of it in the mean before the next
_APART_US = 250  # what a group of frames is sent with from one to the next
_AFTER = 0.97  # of a recording, nothing is injected
# The share of the time after the opening in which an attack goes on, where the plan leaves it to the mix.
MIXES = {"hcrl_ch": 0.3, "hcrl_sa": 0.45, "set_01": 0.35, "set_02": 0.25, "set_03": 0.35, "set_04": 0.25}


@dataclass(frozen=True)
class Attack:
    """A family of attacks: the paces that it may have, in microseconds from one injection to the next, how many frames
    one injection is, and how they are made."""

    paces_us: tuple[int, ...]
    made: Callable[["Vehicle", np.random.Generator, Drive, Whole], Requests]
    group: int = 1


def requests(plan: Plan, entry: Entry, bus: Vehicle, driven: Drive, seconds: float) -> Requests:
    """Return what is injected into a recording that lasts so long, from the first on; none where it has no attack."""
    if not entry.family or entry.injected == 0:
        return nothing()
    chance = plan.chance("attack", *entry.drive, entry.name, entry.split)
    attack = family(plan, entry)
    from_us, until_us = opening_us(plan, entry, chance), int(seconds * _AFTER * SECOND)
    injections, pace = _pace(plan, entry, attack, chance, until_us - from_us)
    times = _times(chance, injections, pace, from_us, until_us, plan.size.cycle_s)
    made = attack.made(bus, chance, driven, times)
    made = made[np.argsort(made.times_us, kind="stable")]
    return made if entry.injected is None else made[: entry.injected]


def density(plan: Plan, entry: Entry) -> float:
    """Return how many frames a second a mix injects after the opening, where the plan leaves them to it."""
    attack = family(plan, entry)
    return MIXES[plan.dataset] * attack.group * SECOND / _first_pace(plan, entry, attack)


def opening_us(plan: Plan, entry: Entry, chance: np.random.Generator) -> int:
    """Return when the first frame may be injected."""
    early = plan.published.overlaid and int(chance.integers(EARLY)) == 0
    return int(plan.size.opening_s * SECOND) // (5 if early else 1)


def family(plan: Plan, entry: Entry) -> Attack:
    """Return the family of a recording's attacks."""
    on_bus = {"hcrl_ch": _HACKING, "hcrl_sa": _SURVIVAL}
    if plan.dataset in on_bus:
        return on_bus[plan.dataset][entry.family]
    seldom = (plan.dataset, entry.split[:7]) == ("set_04", "test_02")  # of the published ones none is in a hurry
    known = _OVERLAID[entry.family]
    return Attack(_SELDOM_US, known.made, known.group) if seldom else known


def _first_pace(plan: Plan, entry: Entry, attack: Attack) -> int:
    return attack.paces_us[entry.turn % len(attack.paces_us)] * plan.size.slower


def _pace(plan: Plan, entry: Entry, attack: Attack, chance: np.random.Generator, room_us: int) -> tuple[int, int]:
    """Return how often an attack injects, and its pace: one that has room for as many as the plan says."""
    if entry.injected is None:
        pace = _first_pace(plan, entry, attack)
        injections = max(_FEWEST, int(MIXES[plan.dataset] * room_us / pace))
        return injections, min(pace, room_us // injections)
    injections = -(-entry.injected // attack.group)
    fitting = [pace for pace in attack.paces_us if injections * pace <= room_us]
    drawn = fitting[int(chance.integers(len(fitting)))] if fitting else room_us // injections
    return injections, drawn


def _times(
    chance: np.random.Generator, injections: int, pace_us: int, from_us: int, until_us: int, cycle_s: float | None
) -> Whole:
    """Return when it is injected (n,): in runs, one in each cycle that has room for it."""
    cycles = max(1, int((until_us - from_us) / (cycle_s * SECOND))) if cycle_s else 1
    times = []
    for cycle in range(cycles):
        count = injections * (cycle + 1) // cycles - injections * cycle // cycles
        spare = (until_us - from_us) // cycles - count * pace_us
        begun = from_us + (until_us - from_us) * cycle // cycles + int(chance.integers(max(1, spare)))
        times.append(begun + np.arange(count) * pace_us)
    late = chance.integers(0, max(1, int(_LATER * min(pace_us, 1000))), injections)
    return np.concatenate(times) + late


def _frames(times: Whole, ids: Whole, lengths: NDArray[np.int64] | int, payloads: Payloads) -> Requests:
    lengths = np.broadcast_to(np.asarray(lengths, np.uint8), len(times))
    payloads = np.where(np.arange(PAYLOAD) < lengths[:, None], payloads, 0).astype(np.uint8)
    return Requests(times, ids, lengths.copy(), payloads, np.ones(len(times), np.int8))


def _random(chance: np.random.Generator, count: int) -> Payloads:
    return chance.integers(0, 256, (count, PAYLOAD)).astype(np.uint8)


def _any_length(chance: np.random.Generator, count: int) -> NDArray[np.int64]:
    """Return lengths (n,) as a length code of four bits says them: more than eight are eight, and some are none."""
    return np.minimum(chance.integers(0, 16, count), PAYLOAD)


def _flood(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    return _frames(times, np.zeros_like(times), PAYLOAD, np.zeros((len(times), PAYLOAD), np.uint8))


def _fuzzed(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    ids = chance.integers(0, IDENTIFIERS, len(times))
    return _frames(times, ids, PAYLOAD, _random(chance, len(times)))


def _fuzzed_lengths(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    ids = chance.integers(0, IDENTIFIERS, len(times))
    return _frames(times, ids, _any_length(chance, len(times)), _random(chance, len(times)))


def _systematic(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    ids = (int(chance.integers(IDENTIFIERS)) + np.arange(len(times))) % IDENTIFIERS
    return _frames(times, ids, _any_length(chance, len(times)), _random(chance, len(times)))


def _valid_systematic(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    own = np.array([each.identifier for each in bus.messages])
    return _frames(times, own[np.arange(len(times)) % len(own)], PAYLOAD, _random(chance, len(times)))


def _untargeted(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    own = np.array([each.identifier for each in bus.messages])
    return _frames(times, own[chance.integers(0, len(own), len(times))], PAYLOAD, _random(chance, len(times)))


def _malfunction(bus: Vehicle, chance: np.random.Generator, driven: Drive, times: Whole) -> Requests:
    """Frames of one identifier, with one payload or any."""
    fast = sorted(bus.messages, key=lambda each: each.period_us)[: max(4, len(bus.messages) // 3)]
    identifier = fast[int(chance.integers(len(fast)))].identifier
    payloads = _random(chance, len(times))
    payloads = payloads if chance.integers(2) else np.repeat(payloads[:1], len(times), axis=0)
    return _frames(times, np.full(len(times), identifier), PAYLOAD, payloads)


def _spoofed(*channels: str, apart_us: int | None = None) -> Callable[..., Requests]:
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


_HACKING = {
    "DoS": Attack((300,), _flood),
    "fuzzing": Attack((500,), _fuzzed),
    "gear": Attack((1_000,), _spoofed("gear")),
    "rpm": Attack((1_000,), _spoofed("rpm")),
}
_SURVIVAL = {
    "DoS": Attack((550,), _flood),
    "fuzzing": Attack((900,), _fuzzed),
    "malfunction": Attack((1_200, 3_500), _malfunction),
}
_PACES_US, _SELDOM_US = (3_000, 100_000, 12_000), (100_000, 500_000, 3_000_000)
_OVERLAID = {
    "DoS": Attack((600,), _flood),
    "fuzzing": Attack((1_000, 10_000, 100_000), _fuzzed_lengths),
    "systematic": Attack((10_000, 100_000, 1_000), _systematic),
    "valid_systematic": Attack((10_000,), _valid_systematic),
    "untargeted_payload_fuzzing": Attack((90_000, 1_100_000), _untargeted),
    "rpm": Attack(_PACES_US, _spoofed("rpm")),
    "speed": Attack((100_000, 3_000, 12_000), _spoofed("speed")),
    "rpm-accessory": Attack(_PACES_US, _spoofed("rpm")),
    "speed-accessory": Attack((12_000, 100_000, 3_000), _spoofed("speed")),
    "standstill": Attack((12_000, 3_000, 100_000), _spoofed("brake")),
    "force-neutral": Attack((3_000, 100_000, 12_000), _spoofed("gear")),
    "double": Attack(_PACES_US, _spoofed("rpm", "speed"), 2),
    "triple": Attack(_PACES_US, _spoofed("rpm", "speed", "gear"), 3),
    "interval": Attack((100_000, 12_000, 3_000), _spoofed("rpm", "speed", "gear", "brake", apart_us=_APART_US), 4),
}
