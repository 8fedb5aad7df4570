"""Attacks: which families there are, and when they inject into a recording."""

from dataclasses import dataclass

import numpy as np

from swapbench_models.can.data.bus import Requests, nothing
from swapbench_models.can.data.drive import SECOND, Drive, Whole
from swapbench_models.can.data.injected import (
    Made,
    flood,
    fuzzed,
    fuzzed_lengths,
    malfunction,
    spoofed,
    systematic,
    untargeted,
    valid_systematic,
)
from swapbench_models.can.data.plan import Entry, Plan
from swapbench_models.can.data.vehicle import Vehicle

_FEWEST = 4  # injections of a recording whose number of them the plan leaves to the mix
_LATE_US, _LATE = 600, 0.6  # an injection is late by so much at most, and by so much of its pace
_APART_US = 250  # from one frame of a group to the next
_AFTER = 0.97  # of a recording, no more is injected
_EARLY = 8  # of so many recordings that are overlaid, in one the attack may begin within the opening
# The share of the time after the opening in which an attack goes on, where the plan leaves it to the mix.
MIXES = {"hcrl_ch": 0.27, "hcrl_sa": 0.45, "set_01": 0.35, "set_02": 0.25, "set_03": 0.35, "set_04": 0.25}


@dataclass(frozen=True)
class Attack:
    """A family of attacks: the paces that it may have, in microseconds from one injection to the next, how many frames
    one injection is, and how they are made."""

    paces_us: tuple[int, ...]
    made: Made
    group: int = 1


def requests(plan: Plan, entry: Entry, bus: Vehicle, driven: Drive, seconds: float) -> Requests:
    """Return what is injected into a recording that lasts so long, from the first on; none where it has no attack."""
    if not entry.family or entry.injected == 0:
        return nothing()
    chance = plan.chance("attack", *entry.drive, entry.name, entry.split)
    attack = _family(plan, entry)
    from_us, until_us = _opening_us(plan, entry, chance), int(seconds * _AFTER * SECOND)
    injections, pace = _pace(plan, entry, attack, chance, until_us - from_us)
    once = plan.published.overlaid and entry.injected is not None  # as most of the published ones
    times = _times(chance, injections, pace, from_us, until_us, None if once else plan.size.cycle_s)
    made = attack.made(bus, chance, driven, times)
    made = made[np.argsort(made.times_us, kind="stable")]
    return made if entry.injected is None else made[: entry.injected]


def density(plan: Plan, entry: Entry) -> float:
    """Return how many frames a second a mix injects after the opening, where the plan leaves them to it."""
    attack = _family(plan, entry)
    return MIXES[plan.dataset] * attack.group * SECOND / _first_pace(plan, entry, attack)


def _opening_us(plan: Plan, entry: Entry, chance: np.random.Generator) -> int:
    """Return when the first frame may be injected."""
    early = plan.published.overlaid and int(chance.integers(_EARLY)) == 0
    return int(plan.size.opening_s * SECOND) // (5 if early else 1)


def _family(plan: Plan, entry: Entry) -> Attack:
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
    late = chance.integers(0, max(1, min(_LATE_US, int(_LATE * pace_us))), injections)
    return np.concatenate(times) + late


_HACKING = {
    "DoS": Attack((300,), flood),
    "fuzzing": Attack((500,), fuzzed),
    "gear": Attack((1_000,), spoofed("gear")),
    "rpm": Attack((1_000,), spoofed("rpm")),
}
_SURVIVAL = {
    "DoS": Attack((550,), flood),
    "fuzzing": Attack((900,), fuzzed),
    "malfunction": Attack((1_200, 3_500), malfunction),
}
_PACES_US, _SELDOM_US = (3_000, 100_000, 12_000), (100_000, 500_000, 3_000_000)
_OVERLAID = {
    "DoS": Attack((600,), flood),
    "fuzzing": Attack((1_000, 10_000, 100_000), fuzzed_lengths),
    "systematic": Attack((10_000, 100_000, 1_000), systematic),
    "valid_systematic": Attack((10_000,), valid_systematic),
    "untargeted_payload_fuzzing": Attack((90_000, 1_100_000), untargeted),
    "rpm": Attack(_PACES_US, spoofed("rpm")),
    "speed": Attack((100_000, 3_000, 12_000), spoofed("speed")),
    "rpm-accessory": Attack(_PACES_US, spoofed("rpm")),
    "speed-accessory": Attack((12_000, 100_000, 3_000), spoofed("speed")),
    "standstill": Attack((12_000, 3_000, 100_000), spoofed("brake")),
    "force-neutral": Attack((3_000, 100_000, 12_000), spoofed("gear")),
    "double": Attack(_PACES_US, spoofed("rpm", "speed"), 2),
    "triple": Attack(_PACES_US, spoofed("rpm", "speed", "gear"), 3),
    "interval": Attack((100_000, 12_000, 3_000), spoofed("rpm", "speed", "gear", "brake", apart_us=_APART_US), 4),
}
