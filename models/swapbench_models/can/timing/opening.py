"""An opening: what is usual on a bus, by the first seconds of a recording of it."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.windows.opening import opening
from swapbench_models.can.windows.windows import OPENING_S

_BYTE = 256
_LEAST_SPREAD = 0.002  # of an interval: what clocks of recorders are worth
_GAPS = 1000

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Opening:
    """What is usual of each identifier seen, by frames of which few are injected.

    `ids` (m,) in their order; `interval` (m,) the median time between two frames of one, in seconds, NaN where there
    were fewer than two intervals, and `spread` (m,) what most of them differ by from it; `length` (m,) the commonest
    number of bytes. `moved`, `rarest` and `still` (r, 8, 256), of which `row` (m,) is the identifier's: how surprising
    it is, in nats, that of a byte those bits change and the others do not, by all that change, by the rarest of them,
    and by those that do not. `gaps` are quantiles of the time between a frame and the next of any identifier, in
    seconds, and `seconds` is how long the opening is. What was seen seldom surprises little, for rates are
    (changes + 1/2) / (pairs + 1). All that was seen once has the first row, so a flood of random identifiers fills no
    memory.
    """

    ids: NDArray[np.int64]
    interval: Floats
    spread: Floats
    length: NDArray[np.uint8]
    row: NDArray[np.int64]
    moved: NDArray[np.float32]
    rarest: NDArray[np.float32]
    still: NDArray[np.float32]
    gaps: Floats
    seconds: float

    @classmethod
    def of(cls, frames: Frames, seconds: float = OPENING_S) -> Self:
        """Return what is usual by the frames of a recording's first seconds; raises CanError where there are none, or
        for no time above 0."""
        if not seconds > 0 or not len(frames):
            raise CanError(
                f"{len(frames)} frames, {seconds:g} s: give a recording, and so much of it as is its opening."
            )
        part = opening(frames, seconds)
        order = np.argsort(part.ids, kind="stable")
        ids, first, counts = np.unique(part.ids[order], return_index=True, return_counts=True)
        groups = [order[start : start + count] for start, count in zip(first, counts, strict=True)]
        interval, spread = np.array([_usual(np.diff(part.times[each])) for each in groups]).T
        length = np.array([np.bincount(part.lengths[each]).argmax() for each in groups], np.uint8)
        told = [part.payloads[:0], *(part.payloads[each] for each in groups if len(each) > 1)]
        moved, rarest, still = (np.stack(each) for each in zip(*map(_surprises, told), strict=True))
        row = np.where(counts > 1, np.cumsum(counts > 1), 0)
        gaps = np.quantile(np.diff(part.times), np.linspace(0, 1, _GAPS)) if len(part) > 1 else np.zeros(_GAPS)
        return cls(ids, interval, spread, length, row, moved, rarest, still, gaps, seconds)

    def place(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where identifiers (n,) stand in `ids`, -1 for those that the opening has not."""
        at = np.searchsorted(self.ids, ids).clip(max=len(self.ids) - 1)
        place: NDArray[np.int64] = np.where(self.ids[at] == ids, at, -1)
        return place


def _usual(intervals: Floats) -> tuple[float, float]:
    """Return the median of intervals and half of what most of them lie within; an attack is in the rest."""
    if len(intervals) < 2:
        return np.nan, np.nan
    low, median, high = np.quantile(intervals, (0.1, 0.5, 0.9))
    if not median > 0:
        return np.nan, np.nan
    return float(median), float(max((high - low) / 2, _LEAST_SPREAD * median))


def _surprises(payloads: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the surprises (8, 256) of each byte by the bits that differ from the payload before."""
    changed = np.unpackbits(payloads[1:] ^ payloads[:-1], axis=1).reshape(-1, PAYLOAD, 8)
    rate = (changed.sum(axis=0) + 0.5) / (len(changed) + 1)  # (8 bytes, 8 bits)
    bits = np.unpackbits(np.arange(_BYTE, dtype=np.uint8)[:, None], axis=1).astype(float)  # (256, 8)
    moved, still = -np.log(rate), -np.log1p(-rate)
    rarest = (moved[:, None] * bits).max(axis=2)
    return (moved @ bits.T).astype(np.float32), rarest.astype(np.float32), (still @ (1 - bits).T).astype(np.float32)
