"""Frames: what was seen on a CAN bus, in the order in which it was recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

PAYLOAD = 8
EXTENDED = 1 << 31  # as SocketCAN marks an identifier of 29 bits, for one of 11 may have the same number
UNLABELLED = -1


@dataclass(frozen=True)
class Frames:
    """Frames in the order of their file, in which time may step back.

    `times` (n,) are seconds, float64; `ids` (n,) identifiers, int64, those of 29 bits with EXTENDED; `lengths` (n,)
    bytes of payload, uint8; `payloads` (n, 8) the first eight of them, uint8, zeros where there are fewer; `attacks`
    (n,) 1 where a frame was injected, 0 where it was not, and UNLABELLED where nobody says, int8.
    """

    times: NDArray[np.float64]
    ids: NDArray[np.int64]
    lengths: NDArray[np.uint8]
    payloads: NDArray[np.uint8]
    attacks: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.times)

    def __getitem__(self, part: slice | NDArray[np.intp]) -> "Frames":
        return Frames(self.times[part], self.ids[part], self.lengths[part], self.payloads[part], self.attacks[part])

    @property
    def steps_back(self) -> int:
        """How often a frame is stamped earlier than the one before it."""
        return int(np.count_nonzero(np.diff(self.times) < 0))

    @classmethod
    def of(
        cls,
        times: Iterable[float],
        ids: Iterable[int],
        payloads: Sequence[bytes],
        attacks: Iterable[int] | None = None,
    ) -> Self:
        """Return frames of values one by one; without `attacks` they are unlabelled."""
        packed = np.zeros((len(payloads), PAYLOAD), np.uint8)
        for row, payload in zip(packed, payloads, strict=True):
            kept = payload[:PAYLOAD]
            row[: len(kept)] = np.frombuffer(kept, np.uint8)
        known = np.full(len(payloads), UNLABELLED) if attacks is None else np.fromiter(attacks, np.int8)
        return cls(
            np.fromiter(times, np.float64),
            np.fromiter(ids, np.int64),
            np.array([len(each) for each in payloads], np.uint8),
            packed,
            known.astype(np.int8),
        )

    @classmethod
    def joined(cls, parts: Sequence["Frames"]) -> "Frames":
        """Return frames one after the other; those of nothing where there are none."""
        if not parts:
            return cls.of([], [], [])
        names = ("times", "ids", "lengths", "payloads", "attacks")
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
