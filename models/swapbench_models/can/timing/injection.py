"""Injection: frames that were not there, put into recordings that are learnt from, so that one learns of attacks that
nobody recorded."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.timing.opening import SECONDS, Opening

_MOST = 8  # frames of one attack, and bits that one of few changes
_NEAREST, _FARTHEST = 0.05, 1.0  # usual intervals between frames of one attack


def inject(
    frames: Frames, opening: Opening, attacks: int, draw: np.random.Generator
) -> tuple[Frames, NDArray[np.int64]]:
    """Return the frames with attacks among them, and the place each had before (n,), -1 for those that had none.

    An attack is of an identifier of the opening that has a usual interval, and of one frame or, as often, of up to
    eight. Its payload is the one seen last, that with up to eight bits flipped, another of the identifier's, or random.
    None begins in the opening, or in the first half of a recording that is hardly longer.
    """
    ids = opening.ids[np.isfinite(opening.interval)]
    usual = opening.interval[np.isfinite(opening.interval)]
    if not len(ids) or not len(frames) or not attacks:
        return frames, np.arange(len(frames))
    which = draw.integers(len(ids), size=attacks)
    several = np.where(draw.random(attacks) < 0.5, 1, draw.integers(2, _MOST + 1, attacks))
    apart = usual[which] * draw.uniform(_NEAREST, _FARTHEST, attacks)
    clock = np.maximum.accumulate(frames.times)
    begin = draw.uniform(min(clock[0] + SECONDS, (clock[0] + clock[-1]) / 2), clock[-1], attacks)
    number = np.arange(several.sum()) - np.repeat(np.cumsum(several) - several, several)
    attack = np.repeat(np.arange(attacks), several)
    times = begin[attack] + number * apart[attack]
    payloads, lengths = _payloads(frames, ids[which], begin, clock, draw)
    made = Frames(
        times, ids[which][attack], lengths[attack], payloads[attack], np.ones(len(times), frames.attacks.dtype)
    )
    made = made[np.flatnonzero(times <= clock[-1])]
    order = np.argsort(np.concatenate([clock, made.times]), kind="stable")
    before = np.concatenate([np.arange(len(frames)), np.full(len(made), -1)])
    return Frames.joined([frames, made])[order], before[order]


def _payloads(
    frames: Frames,
    ids: NDArray[np.int64],
    begin: NDArray[np.float64],
    clock: NDArray[np.float64],
    draw: np.random.Generator,
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return a payload (n, 8) for each attack, and its length (n,)."""
    payloads, lengths = np.zeros((len(ids), PAYLOAD), np.uint8), np.zeros(len(ids), np.uint8)
    kind = draw.integers(4, size=len(ids))
    for each in np.unique(ids):
        own, mine = np.flatnonzero(frames.ids == each), np.flatnonzero(ids == each)
        last = own[(np.searchsorted(clock[own], begin[mine]) - 1).clip(min=0)]
        other = own[draw.integers(len(own), size=len(mine))]
        seen = np.where(kind[mine] == 2, other, last)
        payloads[mine], lengths[mine] = frames.payloads[seen], frames.lengths[seen]
    flips = np.zeros((len(ids), 8 * PAYLOAD), np.uint8)
    flips[np.arange(len(ids))[:, None], draw.integers(8 * PAYLOAD, size=(len(ids), _MOST))] = 1
    few = np.cumsum(flips, axis=1) <= draw.integers(1, _MOST + 1, len(ids))[:, None]
    payloads ^= np.packbits(flips * few, axis=1) * (kind == 1)[:, None].astype(np.uint8)
    noise = draw.integers(256, size=payloads.shape, dtype=np.uint8)
    payloads = np.where((kind == 3)[:, None], noise, payloads)
    payloads[np.arange(PAYLOAD) >= lengths[:, None]] = 0
    return payloads, lengths
