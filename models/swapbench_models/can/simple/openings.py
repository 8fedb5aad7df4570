"""Openings: what is usual of each identifier in its recording's own first seconds, told beside every frame."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.windows.opening import opening
from swapbench_models.can.windows.windows import OPENING_S, Windows

Floats = NDArray[np.float64]


def lasting(seconds: float) -> float:
    """Return how long openings are; raises CanError for no time above 0."""
    if not seconds > 0:
        raise CanError(f"{seconds:g} s are no opening; give a time above 0.")
    return seconds


class Openings:
    """The frames of recordings (n,), one after the other as in `Windows.frames`, each compared with its own opening.

    An opening is what `windows/opening.py` says; windows in it are compared with all of it. Raises CanError for no time
    above 0.
    """

    def __init__(self, windows: Windows, seconds: float = OPENING_S) -> None:
        lasting(seconds)
        self._frames = windows.frames
        self._opens = np.concatenate([np.zeros(0, bool), *(_opens(each, seconds) for each in windows.recordings)])
        self._sender, self._senders = _numbered([each.ids for each in windows.recordings])

    @cached_property
    def new(self) -> NDArray[np.bool_]:
        """Whether the opening has no frame of the identifier (n,)."""
        known = np.zeros(self._senders, bool)
        known[self._sender[self._opens]] = True
        return ~known[self._sender]

    @cached_property
    def before(self) -> Floats:
        """The time since the frame before of the same identifier, in its median interval in the opening (n,); NaN where
        there is no such frame, or no such median above 0. Time may have stepped back, and this be negative."""
        ratios: Floats = self._intervals / self._usual[self._sender]
        return ratios

    @cached_property
    def between(self) -> Floats:
        """The time from the frame before of the same identifier to the next, in two of its median intervals (n,).

        It is 1 where frames keep their time, however late one of them is, for then the next comes the sooner, and a
        half where one was injected between two others. NaN where one of these frames, or the median, is missing.
        """
        made = np.full(len(self.before), np.nan)
        later = np.flatnonzero(self._earlier >= 0)
        middle = self._earlier[later]
        made[middle] = (self.before[middle] + self.before[later]) / 2
        return made

    @cached_property
    def bits(self) -> Floats:
        """One more than the bits that differ from the payload before of the same identifier, in one more than their
        mean in the opening (n,); 1 where one of these is missing."""
        later = np.flatnonzero(self._earlier >= 0)
        payloads, sender = self._frames.payloads, self._sender[later]
        changed = np.unpackbits(payloads[later] ^ payloads[self._earlier[later]], axis=1).sum(axis=1, dtype=np.int64)
        opens = self._opens[later]
        counts = np.bincount(sender[opens], minlength=self._senders)
        sums = np.bincount(sender[opens], changed[opens], self._senders)
        usual = np.divide(sums, counts, out=np.full(self._senders, np.nan), where=counts > 0)[sender]
        made = np.ones(len(payloads))
        made[later] = np.where(np.isnan(usual), 1, (changed + 1) / (usual + 1))
        return made

    @property
    def usual(self) -> Floats:
        """The median interval of each frame's identifier in the opening, in seconds (n,); NaN where there is none above
        0."""
        usual: Floats = self._usual[self._sender]
        return usual

    @cached_property
    def _usual(self) -> Floats:
        usual = np.full(self._senders, np.nan)
        counted = self._opens & np.isfinite(self._intervals)
        senders, medians = _medians(self._sender[counted], self._intervals[counted])
        usual[senders] = np.where(medians > 0, medians, np.nan)
        return usual

    @cached_property
    def _earlier(self) -> NDArray[np.intp]:
        """The place of the frame before of the same identifier in the same recording (n,), -1 where there is none."""
        few = self._sender.astype(np.min_scalar_type(self._senders))  # numbers of 16 bits are sorted much faster
        order = np.argsort(few, kind="stable")
        same = np.flatnonzero(self._sender[order][1:] == self._sender[order][:-1])
        earlier = np.full(len(order), -1, np.intp)
        earlier[order[same + 1]] = order[same]
        return earlier

    @cached_property
    def _intervals(self) -> Floats:
        times = self._frames.times
        return np.where(self._earlier >= 0, times - times[self._earlier], np.nan)


def _numbered(ids: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.intp], int]:
    """Return a number of each frame's identifier in its recording (n,), and how many of these there are."""
    numbers, count = [np.zeros(0, np.intp)], 0
    for each in ids:
        known = np.unique(each)
        numbers.append(np.searchsorted(known, each) + count)
        count += len(known)
    return np.concatenate(numbers), count


def _opens(frames: Frames, seconds: float) -> NDArray[np.bool_]:
    """Return which frames are in the opening (n,)."""
    return np.arange(len(frames)) < len(opening(frames, seconds))


def _medians(groups: NDArray[np.intp], values: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Return the groups that there are, and the median of each one's values."""
    order = np.lexsort((values, groups))
    found, first, counts = np.unique(groups[order], return_index=True, return_counts=True)
    ranked = values[order]
    return found, (ranked[first + (counts - 1) // 2] + ranked[first + counts // 2]) / 2
