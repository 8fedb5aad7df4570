"""Augmented: windows of recordings into which attacks were put."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.timing.injection import inject
from swapbench_models.can.timing.opening import Opening
from swapbench_models.can.windows.windows import Indices, Windows


def augmented(
    windows: Windows, parts: Sequence[Indices], every: int, opening_s: float, seed: int
) -> tuple[Windows, list[Indices]]:
    """Return windows of the same recordings with an attack put in for `every` windows, drawn by the seed, and which of
    them belong to each of some parts of the windows: those all of whose frames are the part's, or were put in."""
    draw = np.random.default_rng(seed)
    recordings, before = [], [np.zeros(0, np.int64)]
    start = 0
    for each, count in zip(windows.recordings, windows.counts, strict=True):
        attacks = int(count) // every
        opening = Opening.of(each, opening_s) if attacks else None
        made, places = inject(each, opening, attacks, draw) if opening else (each, np.arange(len(each)))
        recordings.append(made)
        before.append(np.where(places >= 0, start + places, -1))
        start += len(each)
    there = Windows(tuple(recordings), windows.size, windows.stride)
    origin = np.concatenate(before)[there.places]
    return there, [_within(windows.places[part], origin, start) for part in parts]


def _within(places: NDArray[np.int64], origin: NDArray[np.int64], frames: int) -> Indices:
    """Return the windows (n,) of which each frame that has an origin (n, size) has it among some places."""
    known = np.zeros(frames + 1, bool)
    known[places.ravel()] = True
    known[-1] = True  # of a frame that was put in, whose origin is -1
    return np.flatnonzero(known[origin].all(axis=1))
