"""A tracker: signals of each frame, from the frames before it and the opening of its recording."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.timing.opening import Opening

LAGS = 3
NAMES = (
    "new",  # the opening has no such identifier
    "interval_1",  # time since the frame of the same identifier before, beside its usual, log2
    "interval_2",  # since the one before that, beside twice the usual
    "interval_3",
    "deviation_1",  # how far it comes from one usual interval after the frame before, in spreads, asinh
    "deviation_2",  # from one after the frame before that: near 0 where the frame between them was injected
    "deviation_3",
    "changed_1",  # bits that differ from the payload before, log1p
    "moved_1",  # how surprising they are: all, the rarest, and those that did not change
    "rarest_1",
    "still_1",
    "changed_2",  # and from the payload before that
    "rarest_2",
    "length",  # not the usual one
    "gap",  # time since the frame before of any identifier, as a quantile of the opening
    "back",  # how far time stepped back, in tenths of milliseconds, log1p
)
_OCTAVES = 6.0
_TENTHS_MS = 1e4

Signals = NDArray[np.float32]


class Tracker:
    """Goes with one recording, or one bus, from its first frame on.

    Only identifiers of the opening are remembered, so that one who floods the bus with new ones fills no memory.
    """

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._carried = Frames.of([], [], [])
        self._time: float | None = None

    def signals(self, frames: Frames) -> Signals:
        """Return what `NAMES` lists of each frame (n, k); those that follow are of the frames that come next.

        However a recording is cut, its frames have the same signals. Where the opening says nothing of a frame, or none
        of its identifier came before it, they are 0.
        """
        joined = Frames.joined([self._carried, frames])
        known = self._opening.place(joined.ids)
        back = _predecessors(joined.ids)
        made = np.zeros((len(joined), len(NAMES)), np.float32)
        made[:, 0] = known < 0
        for lag in range(1, LAGS + 1):
            self._compare(joined, known, back[lag - 1], lag, made)
        made = made[len(self._carried) :]
        self._gaps(frames, made)
        made[:, NAMES.index("length")] = self._unusual(frames, known[len(self._carried) :])
        self._carry(joined, known)
        return made

    def _compare(
        self, joined: Frames, known: NDArray[np.int64], before: NDArray[np.int64], lag: int, made: Signals
    ) -> None:
        """Fill in the signals of frames beside those so many before them of the same identifiers."""
        opening = self._opening
        here = np.flatnonzero((known >= 0) & (before >= 0))
        place, then = known[here], before[here]
        since, usual = joined.times[here] - joined.times[then], opening.interval[place]
        timed = np.isfinite(usual)
        ratio = np.log2((since[timed] / (lag * usual[timed])).clip(2**-_OCTAVES, 2**_OCTAVES))
        made[here[timed], NAMES.index(f"interval_{lag}")] = ratio
        away = (since[timed] - usual[timed]) / opening.spread[place[timed]]
        made[here[timed], NAMES.index(f"deviation_{lag}")] = np.arcsinh(away)
        if lag > 2:
            return
        differs = joined.payloads[here] ^ joined.payloads[then]
        bits = np.bitwise_count(differs).sum(axis=1)
        made[here, NAMES.index(f"changed_{lag}")] = np.log1p(bits)
        row, byte = opening.row[place][:, None], np.arange(PAYLOAD)
        made[here, NAMES.index(f"rarest_{lag}")] = opening.rarest[row, byte, differs].max(axis=1, initial=0)
        if lag == 1:
            made[here, NAMES.index("moved_1")] = np.log1p(opening.moved[row, byte, differs].sum(axis=1))
            made[here, NAMES.index("still_1")] = np.log1p(opening.still[row, byte, differs].sum(axis=1))

    def _gaps(self, frames: Frames, made: Signals) -> None:
        """Fill in what the time since the frame before, of whatever identifier, says."""
        if not len(frames):
            return
        began = frames.times[0] if self._time is None else self._time
        gaps = np.diff(frames.times, prepend=began)
        made[:, NAMES.index("gap")] = np.searchsorted(self._opening.gaps, gaps) / len(self._opening.gaps)
        made[:, NAMES.index("back")] = np.log1p(_TENTHS_MS * (-gaps).clip(min=0))
        self._time = float(frames.times[-1])

    def _unusual(self, frames: Frames, known: NDArray[np.int64]) -> NDArray[np.bool_]:
        unusual: NDArray[np.bool_] = (known >= 0) & (self._opening.length[known] != frames.lengths)
        return unusual

    def _carry(self, joined: Frames, known: NDArray[np.int64]) -> None:
        """Remember the last frames of each identifier that the opening has."""
        last = _predecessors(joined.ids[::-1])[LAGS - 1][::-1] < 0
        self._carried = joined[np.flatnonzero(last & (known >= 0))]


def _predecessors(ids: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return, for one to LAGS before, the place of the frame so many before it of the same identifier (n,), else -1."""
    order = np.argsort(ids, kind="stable")
    found = []
    for lag in range(1, LAGS + 1):
        before = np.full(len(ids), -1)
        later, earlier = order[lag:], order[:-lag]
        same = ids[later] == ids[earlier]
        before[later[same]] = earlier[same]
        found.append(before)
    return found
