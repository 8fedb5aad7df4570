"""Recordings of a toy vehicle: identifiers that follow each other, and bursts of one that is injected."""

import numpy as np

from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.windows.windows import Windows

SIZE = 20
_IDS = (0x100, 0x110, 0x120, 0x130, 0x200, 0x210, 0x300)
_BURST = 0x42


def recording(frames: int, seed: int, *, attacks: bool = True, labelled: bool = True) -> Frames:
    """Return frames in an order that repeats, now and then with two of them swapped, and with bursts of another."""
    draws = np.random.default_rng(seed)
    ids = np.resize(_IDS, frames)
    for at in draws.integers(0, frames - 1, frames // 10):
        ids[[at, at + 1]] = ids[[at + 1, at]]
    injected = np.zeros(frames, np.int64)
    if attacks:
        for start in range(8 * SIZE, frames - 4 * SIZE, 16 * SIZE):
            places = start + np.flatnonzero(draws.random(4 * SIZE) < 0.3)
            ids[places], injected[places] = _BURST, 1
    payloads = [bytes([(at // 7) % 256, number % 256, *draws.bytes(2)]) for at, number in enumerate(ids.tolist())]
    return Frames.of(np.arange(frames) / 1000, ids.tolist(), payloads, injected.tolist() if labelled else None)


def windows(seed: int = 0, count: int = 100, size: int = SIZE) -> Windows:
    """Return about so many windows of three recordings, the first of them without attacks."""
    frames = count * size // 3
    return Windows(tuple(recording(frames, 3 * seed + at, attacks=at > 0) for at in range(3)), size, size)
