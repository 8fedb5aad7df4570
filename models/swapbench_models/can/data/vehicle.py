"""Vehicle: the identifiers on a bus, how often each is sent, and what is in it."""

from dataclasses import dataclass

import numpy as np

from swapbench_models.can.data.bus import Requests
from swapbench_models.can.data.drive import Drive, Whole
from swapbench_models.can.data.payloads import Layout, layout
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import PAYLOAD

_BASE_US = 10_000  # what most periods are multiples of
_NODES, _SKEW_PPM = 4, 2_000
_JITTERS_US = (80, 200, 500, 1_200)
_SHARED, _PLATFORM = 0.8, 1.2  # of a vehicle's identifiers are of its platform: of the first so many for each of them
_LOWEST, _HIGHEST = 0x010, 0x7F0
_EVENT_GAPS = (1, 6)  # periods
_LONGEST_US = 100_000  # of a vehicle of which a part is left
CARRIED = ("speed", "rpm", "gear", "brake")  # what spoofed frames tell of


@dataclass(frozen=True)
class Make:
    """Which platform a vehicle stands on, and how many identifiers it sends of each period in milliseconds."""

    platform: str
    periods: dict[float, int]


# As many identifiers, and about as many frames a second, as the recordings of these vehicles have; of the Impala and
# the Silverado the numbers of identifiers alone are known.
MAKES = {
    "sonata": Make("hyundai", {10: 17, 20: 4, 50: 1, 100: 3, 1000: 2}),
    "kia": Make("hyundai", {10: 16, 20: 8, 100: 11, 200: 5, 1000: 5}),
    "spark": Make("gm", {10: 6, 12.5: 6, 20: 5, 25: 14, 30: 2, 50: 9, 100: 17, 250: 4, 500: 7, 1000: 13}),
    "impala": Make("gm", {10: 6, 12.5: 5, 20: 6, 25: 4, 30: 2, 50: 6, 100: 9, 250: 2, 500: 3, 1000: 8}),
    "traverse": Make("gm", {10: 7, 12.5: 5, 20: 8, 25: 4, 30: 3, 50: 6, 100: 11, 250: 3, 500: 4, 1000: 11}),
    "silverado": Make("gm", {10: 5, 12.5: 6, 20: 5, 25: 12, 30: 3, 50: 12, 100: 22, 250: 6, 500: 10, 1000: 17}),
    "forester": Make("subaru", {10: 5, 20: 15, 50: 14, 60: 1, 100: 5, 200: 1, 500: 1, 1000: 10, 1200: 2}),
}


@dataclass(frozen=True)
class Message:
    """An identifier, sent every `period_us` from `phase_us` on, at most `jitter_us` later, by a clock of its own.

    One that is sent for an `event` has its period as the shortest time between two.
    """

    identifier: int
    period_us: int
    phase_us: int
    jitter_us: int
    layout: Layout
    carries: str = ""
    event: bool = False

    def due(self, chance: np.random.Generator, from_us: int, until_us: int) -> tuple[Whole, Whole]:
        """Return the numbers (n,) and the times (n,) of its frames of a stretch of time."""
        if self.event:
            most = (until_us - from_us) // self.period_us + 1
            gaps = chance.integers(self.period_us * _EVENT_GAPS[0], self.period_us * _EVENT_GAPS[1], most)
            times = from_us + np.cumsum(gaps)
            times = times[times < until_us]
            return np.zeros(len(times), np.int64), times
        first, last = ((each - self.phase_us + self.period_us - 1) // self.period_us for each in (from_us, until_us))
        numbers = np.arange(max(0, first), max(0, last))
        # The sum of two: most are near the middle, as no clock is off by the same amount each time.
        late = chance.integers(0, self.jitter_us // 2, (2, len(numbers))).sum(axis=0)
        return numbers, self.phase_us + numbers * self.period_us + late


@dataclass(frozen=True)
class Vehicle:
    """What is sent on a vehicle's bus, by identifier from the lowest on."""

    name: str
    messages: tuple[Message, ...]

    @property
    def rate(self) -> float:
        """Frames a second."""
        gap = sum(_EVENT_GAPS) / 2
        return sum(1e6 / (each.period_us * (gap if each.event else 1)) for each in self.messages)

    def requests(self, chance: np.random.Generator, driven: Drive, from_us: int, until_us: int) -> Requests:
        """Return what its nodes would send in a stretch of time, in no order."""
        parts = [_requests(each, *each.due(chance, from_us, until_us), driven) for each in self.messages]
        return Requests.joined(parts)

    def carrier(self, channel: str) -> Message:
        """Return the message that tells of a channel, one of CARRIED."""
        for each in self.messages:
            if each.carries == channel:
                return each
        raise CanError(f"{self.name} sends nothing that tells of {channel!r}; it does of {', '.join(CARRIED)}.")


def vehicle(plan: Plan, name: str) -> Vehicle:
    """Return a vehicle by its name, one of MAKES: the same in all data sets of a size and seed.

    Those on one platform share most identifiers, and what is in them; others hardly any. Of its two slowest
    identifiers one has no payload, and the other is sent for events.
    """
    make, chance = MAKES[name], plan.chance("vehicle", name)
    periods = _periods(plan, make)
    ids = _identifiers(plan, make.platform, chance, len(periods))
    placed = _placed(chance, ids, periods)
    fastest = sorted(ids, key=lambda identifier: (placed[identifier], identifier))
    empty, event = fastest[-1], fastest[-2]
    carriers = dict(zip(fastest, CARRIED, strict=False))
    nodes = _nodes(plan, chance)
    messages = []
    for identifier in ids:
        drawn, carries = plan.chance("layout", make.platform, identifier), carriers.get(identifier, "")
        filled = Layout(0, bytes(PAYLOAD)) if identifier == empty else layout(drawn, carries, identifier == event)
        times = _timed(plan, chance, nodes, placed[identifier])
        messages.append(Message(identifier, *times, filled, carries, identifier == event))
    return Vehicle(name, tuple(messages))


def _nodes(plan: Plan, chance: np.random.Generator) -> list[tuple[int, int]]:
    """Return of each node on the bus when its clock first ticks (microseconds), and by how much it is fast (ppm)."""
    begun = chance.integers(0, _BASE_US, _NODES) * plan.size.stretch
    skews = chance.integers(-_SKEW_PPM, _SKEW_PPM + 1, _NODES)
    return list(zip(begun.tolist(), skews.tolist(), strict=True))


def _timed(
    plan: Plan, chance: np.random.Generator, nodes: list[tuple[int, int]], period_us: int
) -> tuple[int, int, int]:
    """Return the period, phase and jitter of a message, which is sent at a tick of one of the nodes."""
    begun, skew = nodes[int(chance.integers(len(nodes)))]
    base = _BASE_US * plan.size.stretch
    exact = period_us + period_us * skew // 1_000_000
    phase = begun + int(chance.integers(max(1, period_us // base))) * base
    return exact, phase % exact, _JITTERS_US[int(chance.integers(len(_JITTERS_US)))]


def _placed(chance: np.random.Generator, ids: list[int], periods: list[int]) -> dict[int, int]:
    """Return the period of each identifier: the lower it is the shorter, more or less."""
    ranks = np.arange(len(ids)) + chance.integers(0, len(ids) // 2, len(ids))
    return dict(zip((ids[place] for place in np.argsort(ranks, kind="stable")), periods, strict=True))


def _periods(plan: Plan, make: Make) -> list[int]:
    """Return the periods of a vehicle in microseconds, from the shortest on."""
    share, stretch = plan.size.ids, plan.size.stretch
    kept = []
    for milliseconds, count in sorted(make.periods.items()):
        period = int(milliseconds * 1000)
        if share < 1 and period > _LONGEST_US:
            continue
        kept += [period * stretch] * max(1, round(share * count))
    return kept


def _identifiers(plan: Plan, platform: str, chance: np.random.Generator, count: int) -> list[int]:
    every = plan.chance("platform", platform).permutation(np.arange(_LOWEST, _HIGHEST))
    shared = round(_SHARED * count)
    first = round(_PLATFORM * shared)
    own = chance.permutation(every[first:])[: count - shared]
    return sorted(np.concatenate([chance.permutation(every[:first])[:shared], own]).tolist())


def _requests(message: Message, numbers: Whole, times_us: Whole, driven: Drive) -> Requests:
    count = len(numbers)
    return Requests(
        times_us,
        np.full(count, message.identifier, np.int64),
        np.full(count, message.layout.length, np.uint8),
        message.layout.payloads(numbers, times_us, driven),
        np.zeros(count, np.int8),
    )
