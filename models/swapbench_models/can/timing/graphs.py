"""Graphs of frames: a node is a frame, and knows of the same identifier's frames beside it in the window."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.timing.opening import Opening
from swapbench_models.can.timing.tracker import NAMES, Signals, Tracker
from swapbench_models.can.windows.windows import OPENING_S, Indices, Windows


@dataclass(frozen=True)
class FrameGraphs:
    """The graphs of windows (n,) of so many frames (size).

    `signals` (N, k) are those of all frames, and `places` (n, size) where each window's are; `before` and `after`
    (n, size) are the places in the window of the same identifier's frame before each, and of the next, -1 for none.
    Other edges need no list: frames follow each other.
    """

    signals: Signals
    places: NDArray[np.int64]
    before: NDArray[np.int64]
    after: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.places)

    @classmethod
    def of(cls, windows: Windows, seconds: float = OPENING_S) -> Self:
        """Return the graphs of windows, each of whose recordings is judged by its own first seconds."""
        made = [Tracker(Opening.of(each, seconds)).signals(each) for each in windows.recordings if len(each)]
        signals = np.concatenate([np.empty((0, len(NAMES)), np.float32), *made])
        return cls(signals, windows.places, *linked(windows.frames.ids[windows.places]))

    def take(self, indices: Indices) -> tuple[Signals, NDArray[np.int64], NDArray[np.int64]]:
        """Return the signals (n, size, k) of some graphs, and the places of their neighbours (n, size)."""
        return self.signals[self.places[indices]], self.before[indices], self.after[indices]


def linked(ids: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places in the window of the same identifier's frame before each (n, size), and the next; else -1."""
    order = np.argsort(ids, axis=1, kind="stable")
    sorted_ids = np.take_along_axis(ids, order, 1)
    window, rank = np.nonzero(sorted_ids[:, 1:] == sorted_ids[:, :-1])
    earlier, later = order[window, rank], order[window, rank + 1]
    before, after = np.full(ids.shape, -1, np.int64), np.full(ids.shape, -1, np.int64)
    before[window, later], after[window, earlier] = earlier, later
    return before, after
