"""Bus: of the frames that are due at one time the one with the lowest identifier is sent, and the others wait."""

from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.data.drive import Whole
from swapbench_models.can.frames.frames import PAYLOAD

BIT_US = 2  # at 500 kbit/s


@dataclass(frozen=True)
class Requests:
    """Frames that are to be sent, each from a time on: `times_us` (n,) int64, `ids` (n,) int64, `lengths` (n,) uint8,
    `payloads` (n, 8) uint8, and `attacks` (n,) int8, 1 where it is injected."""

    times_us: Whole
    ids: Whole
    lengths: NDArray[np.uint8]
    payloads: NDArray[np.uint8]
    attacks: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.times_us)

    def __getitem__(self, part: slice | NDArray[np.intp] | NDArray[np.bool_]) -> "Requests":
        return Requests(
            self.times_us[part], self.ids[part], self.lengths[part], self.payloads[part], self.attacks[part]
        )

    @classmethod
    def joined(cls, parts: "list[Requests]") -> "Requests":
        """Return all of them, part after part."""
        if not parts:
            return nothing()
        names = ("times_us", "ids", "lengths", "payloads", "attacks")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def nothing() -> Requests:
    """Return no requests."""
    return Requests(
        np.zeros(0, np.int64),
        np.zeros(0, np.int64),
        np.zeros(0, np.uint8),
        np.zeros((0, PAYLOAD), np.uint8),
        np.zeros(0, np.int8),
    )


@dataclass
class Bus:
    """Sends requests, of one stretch of time after the other; `bit_us` is how long one bit takes."""

    bit_us: int = BIT_US
    _free_us: int = 0
    _waiting: Requests = field(default_factory=nothing)

    def sent(self, requests: Requests, until_us: int) -> Requests:
        """Return what is sent, in order, stamped with the time at which it is received whole; what would begin after
        `until_us` waits for the next stretch.

        A frame that still waits when the next of its identifier is due is never sent: a node has one place for each.
        """
        due = Requests.joined([self._waiting, requests])
        due = due[np.argsort(due.times_us, kind="stable")]
        lasts = durations(due.lengths, self.bit_us)
        order, received, left = self._arbitrated(due, lasts, until_us)
        self._waiting = due[np.array(left, np.intp)]
        sent = due[np.array(order, np.intp)]
        return Requests(np.array(received, np.int64), sent.ids, sent.lengths, sent.payloads, sent.attacks)

    def _arbitrated(self, due: Requests, lasts: Whole, until_us: int) -> tuple[list[int], list[int], list[int]]:
        times, ids, lengths, injected = due.times_us.tolist(), due.ids.tolist(), lasts.tolist(), due.attacks.tolist()
        waiting: list[tuple[int, int]] = []
        newest: dict[int, int] = {}
        order, received = [], []
        free, place, count = self._free_us, 0, len(times)
        while waiting or place < count:
            if not waiting:
                free = max(free, times[place])
            if free >= until_us:
                break
            while place < count and times[place] <= free:
                if not injected[place]:
                    newest[ids[place]] = place
                heappush(waiting, (ids[place], place))
                place += 1
            identifier, one = heappop(waiting)
            if injected[one] or newest[identifier] == one:
                free += lengths[one]
                order.append(one)
                received.append(free)
        self._free_us = free
        return order, received, [*sorted(one for _, one in waiting), *range(place, count)]


def durations(lengths: NDArray[np.uint8], bit_us: int = BIT_US) -> Whole:
    """Return how many microseconds frames of so many bytes (n,) take: a data frame of CAN 2.0A, the space between two,
    and of the bits that may be stuffed about a third of what can come."""
    bits = 8 * lengths.astype(np.int64)
    return (47 + bits + (34 + bits) // 12) * bit_us
