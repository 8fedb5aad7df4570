"""Latency: how long an attack goes on before the first alarm that is of it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.windows.windows import Windows

GAP_S = 1.0  # of a recording's own time, in which nothing is injected: after it, another attack begins


@dataclass(frozen=True)
class Latency:
    """Of how many attacks none of the windows that have a frame of theirs was flagged (`missed`), and for the others,
    from their first injected frame to the end of the first window that was: the median, in `seconds` of the recording
    and in `frames`; None where none was found."""

    attacks: int
    missed: int
    seconds: float | None
    frames: float | None


def latency(windows: Windows, flagged: NDArray[np.int64]) -> Latency:
    """Return how late attacks were found by the windows that were flagged (n,), which are 1 and the others 0.

    An attack is the injected frames of a recording of which each comes within GAP_S of the one before it, and between
    which time steps back by no more than that. One that has no frame in any window counts for nothing.
    """
    first, window, attack = _attacks(windows)
    end = windows.first + windows.size - 1
    found = np.full(len(first), -1)
    alarm = flagged[window] == 1
    # From the last window to the first, so that what stays is an attack's first.
    found[attack[alarm][::-1]] = window[alarm][::-1]
    there = np.unique(attack)
    late = there[found[there] >= 0]
    if not len(late):
        return Latency(len(there), len(there), None, None)
    places, begins = windows.places[found[late]], first[late]
    # Time may step back, before the attack and within it.
    ended = np.where(places >= begins[:, None], windows.frames.times[places], -np.inf).max(axis=1)
    seconds = ended - windows.frames.times[begins]
    frames = end[found[late]] - first[late] + 1
    return Latency(len(there), len(there) - len(late), float(np.median(seconds)), float(np.median(frames)))


def _attacks(windows: Windows) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of the first frame of each attack, and of each injected frame in a window, in the order of
    windows, the number of its window and that of its attack."""
    frames = windows.frames
    injected = np.flatnonzero(frames.attacks == 1)
    recording = np.searchsorted(np.cumsum([len(each) for each in windows.recordings]), injected, side="right")
    back = np.cumsum(np.diff(frames.times, prepend=frames.times[:1]) < -GAP_S)[injected]
    begins = np.ones(len(injected), bool)
    begins[1:] = (np.diff(frames.times[injected]) > GAP_S) | (np.diff(recording) > 0) | (np.diff(back) > 0)
    number = np.full(len(frames), -1)
    number[injected] = np.cumsum(begins) - 1
    of = number[windows.places]
    window, place = np.nonzero(of >= 0)
    return injected[begins], window, of[window, place]
