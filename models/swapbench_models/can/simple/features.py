"""Features: the table of windows that a linear model or trees learn from."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import CanError
from swapbench_models.can.simple import calibrated, saved, statistics
from swapbench_models.can.simple.openings import Floats, lasting
from swapbench_models.can.windows.windows import OPENING_S, Indices, Windows

_NONE = np.zeros(0, np.int64)

Kind = Literal["statistics", "ids", "calibrated", "paired"]


class Features:
    """Makes a table (n, k) of windows: `statistics` of each by itself; `ids`, these and how often each identifier is
    there that normal frames had when it was learnt, and how many frames have another; `calibrated`, statistics beside
    the first `opening_s` seconds of the recording; `paired`, these by the frame after each too.

    Raises CanError for another kind, or an opening that is not above 0.
    """

    def __init__(self, kind: Kind = "statistics", opening_s: float = OPENING_S) -> None:
        if kind not in get_args(Kind):
            raise CanError(f"There are no features {kind!r}; choose {', '.join(get_args(Kind))}.")
        self.kind, self.opening_s = kind, lasting(opening_s)
        self._known = _NONE

    def learn(self, windows: Windows, part: Indices) -> None:
        """Note which identifiers the normal frames of those windows have."""
        if self.kind == "ids":
            places = windows.places[part]
            self._known = np.unique(windows.frames.ids[places][windows.frames.attacks[places] == 0])

    def table(self, windows: Windows) -> Floats:
        match self.kind:
            case "calibrated":
                return calibrated.calibrated(windows, self.opening_s)
            case "paired":
                return calibrated.paired(windows, self.opening_s)
            case "ids":
                return np.column_stack([statistics.statistics(windows), self._counts(windows)])
        return statistics.statistics(windows)

    @property
    def width(self) -> int:
        """How many there are of each window."""
        widths = {"calibrated": len(calibrated.NAMES), "paired": len(calibrated.PAIRED)}
        more = len(self._known) + 1 if self.kind == "ids" else 0
        return widths.get(self.kind, len(statistics.NAMES)) + more

    def learned(self) -> dict[str, Any]:
        """Return what was noted, as JSON's values."""
        return {"opening_s": self.opening_s, "known": self._known.tolist()}

    def take(self, values: Mapping[str, Any]) -> None:
        """Take over what `learned` returned; raises KeyError, TypeError or ValueError for anything else."""
        self.opening_s = lasting(float(values["opening_s"]))
        known = values["known"]
        self._known = np.unique(saved.numbers(values, "known", (len(known),), kinds="i")) if known else _NONE

    def _counts(self, windows: Windows) -> NDArray[np.int64]:
        """Return how often each known identifier, and any other, is in each window (n, known + 1)."""
        ids, others = windows.frames.ids, len(self._known)
        at = np.searchsorted(self._known, ids)
        column = np.where(np.append(self._known, -1)[at] == ids, at, others)[windows.places]
        cells = column + np.arange(len(windows))[:, None] * (others + 1)
        counts: NDArray[np.int64] = np.bincount(cells.ravel(), minlength=len(windows) * (others + 1))
        return counts.reshape(len(windows), others + 1)
