"""Augmented: windows of recordings into which attacks were put, of frames that are learnt from alone."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.timing.injection import inject
from swapbench_models.can.timing.opening import Opening
from swapbench_models.can.windows.windows import Indices, Windows


def augmented(windows: Windows, learned: Indices, every: int, seed: int) -> tuple[Windows, Indices]:
    """Return windows of the same recordings with an attack put in for `every` windows, drawn by the seed, and which of
    these windows hold no frame that only others of the windows hold: what validates is seen nowhere."""
    draw = np.random.default_rng(seed)
    known = np.zeros(len(windows.frames), bool)
    known[windows.places[learned].ravel()] = True
    starts = np.cumsum([0, *map(len, windows.recordings)])
    recordings, kept = [], list[NDArray[np.bool_]]()
    for each, start, count in zip(windows.recordings, starts, windows.counts, strict=False):
        made, before = inject(each, Opening.of(each), int(count) // every, draw) if len(each) else (each, np.arange(0))
        recordings.append(made)
        kept.append(np.where(before >= 0, known[start + before], True))
    there = Windows(tuple(recordings), windows.size, windows.stride)
    whole = np.concatenate([np.zeros(0, bool), *kept])[there.places].all(axis=1)
    return there, np.flatnonzero(whole)
