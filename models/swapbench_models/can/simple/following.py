"""Following: the rule goes with a bus, from its first frame on."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.simple.openings import Floats, Openings
from swapbench_models.can.simple.suspicion import suspicion
from swapbench_models.can.windows.windows import Windows


class Following:
    """Scores windows of `size` frames that come one after the other, as the rule does those of a whole recording.

    Of each identifier of the opening it remembers the median interval and the time of its last frame, and of others
    nothing: who floods the bus with new ones fills no memory.
    """

    def __init__(self, opening: Frames, seconds: float, size: int) -> None:
        self._size = size
        self._known, first = np.unique(opening.ids, return_index=True)
        self._usual = Openings(Windows((opening,), size), seconds).usual[first]
        self._last = np.full(len(self._known), np.nan)

    def scores(self, frames: Frames) -> Scores:
        place = np.searchsorted(self._known, frames.ids).clip(max=len(self._known) - 1)
        new = self._known[place] != frames.ids
        ratios = np.full(len(frames), np.nan)
        here = np.flatnonzero(~new)
        ratios[here] = self._since(place[here], frames.times[here]) / self._usual[place[here]]
        return suspicion(np.arange(len(frames)).reshape(-1, self._size), new, ratios)

    def _since(self, place: NDArray[np.intp], times: Floats) -> Floats:
        """Return how long ago the last frame of the same identifier was (n,), and remember the last of each."""
        order = np.argsort(place, kind="stable")
        sorted_place, sorted_times = place[order], times[order]
        begins = np.append(True, sorted_place[1:] != sorted_place[:-1]) if len(order) else np.zeros(0, bool)
        last = np.where(begins, self._last[sorted_place], np.roll(sorted_times, 1))
        self._last[sorted_place] = sorted_times  # of several the last one stays, which came last
        since = np.empty(len(times))
        since[order] = sorted_times - last
        return since
