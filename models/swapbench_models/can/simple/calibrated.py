"""Statistics of a window beside the opening of its recording: intervals, bits that change, and new identifiers."""

import numpy as np

from swapbench_models.can.simple.openings import Floats, Openings
from swapbench_models.can.windows.windows import OPENING_S, Windows

NAMES = (
    "new",  # share of frames whose identifier the opening has not
    "before_mean",  # time since the frame of the same identifier before, beside its median in the opening
    "before_spread",  # here and below, a standard deviation
    "bits",  # bits that changed since then, beside their mean in the opening
)
PAIRED = (
    *NAMES,
    "before_least",
    "between_mean",  # time from the frame of the same identifier before to the next, beside twice the median
    "between_spread",
    "between_least",
)
_MOST = 8.0  # medians: whatever is later is late


def calibrated(windows: Windows, opening_s: float = OPENING_S) -> Floats:
    """Return what `NAMES` lists of each window (n, k); what cannot be compared counts as usual."""
    return _of(windows, Openings(windows, opening_s))


def paired(windows: Windows, opening_s: float = OPENING_S) -> Floats:
    """Return what `PAIRED` lists of each window (n, k), which looks ahead as far as the next frame of each identifier;
    what cannot be compared counts as usual."""
    openings = Openings(windows, opening_s)
    before, between = (_of_windows(windows, each) for each in (openings.before, openings.between))
    made = (before.min(axis=1), between.mean(axis=1), between.std(axis=1), between.min(axis=1))
    return np.column_stack([_of(windows, openings), *made])


def _of(windows: Windows, openings: Openings) -> Floats:
    before = _of_windows(windows, openings.before)
    new, bits = (each[windows.places].mean(axis=1) for each in (openings.new, openings.bits))
    return np.column_stack([new, before.mean(axis=1), before.std(axis=1), bits])


def _of_windows(windows: Windows, ratios: Floats) -> Floats:
    """Return the ratios of each window's frames (n, size)."""
    known: Floats = np.nan_to_num(ratios, nan=1).clip(0, _MOST)
    return known[windows.places]
