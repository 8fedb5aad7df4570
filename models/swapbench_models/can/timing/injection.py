"""Injection: frames that were not there, put into recordings that are learnt from, so that one learns of attacks that
nobody recorded."""

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.timing.opening import Opening

_MOST = 8  # frames of one attack, and bits that one of few changes
_NEAREST = 0.05  # usual intervals between frames of one attack


def inject(
    frames: Frames, opening: Opening, attacks: int, draw: np.random.Generator
) -> tuple[Frames, NDArray[np.int64]]:
    """Return the frames with attacks among them, and the place each had before (n,), -1 for those that had none.

    An attack follows a frame that is drawn, so identifiers are attacked as often as they are sent, within its usual
    interval. It is of one frame or, as often, of up to eight, which carry the payload of the frame followed with up to
    eight bits flipped, or a random one: what is sent anyway changes nothing. None is in the opening, or the first half
    of a recording that is hardly longer.
    """
    clock = np.maximum.accumulate(frames.times)
    place = opening.place(frames.ids)
    usual = np.where(place >= 0, opening.interval[place], np.nan)
    begin = min(clock[0] + opening.seconds, (clock[0] + clock[-1]) / 2)
    ahead = np.flatnonzero(np.isfinite(usual) & (clock >= begin))
    if not len(ahead) or not attacks:
        return frames, np.arange(len(frames))
    followed = draw.choice(ahead, attacks)
    made = _made(frames, followed, usual[followed], draw)
    made = made[np.flatnonzero(made.times <= clock[-1])]
    order = np.argsort(np.concatenate([clock, made.times]), kind="stable")
    before = np.concatenate([np.arange(len(frames)), np.full(len(made), -1)])
    return Frames.joined([frames, made])[order], before[order]


def _made(frames: Frames, followed: NDArray[np.intp], usual: NDArray[np.float64], draw: np.random.Generator) -> Frames:
    """Return the frames of attacks that follow some, by the usual interval of each of these."""
    count = len(followed)
    several = np.where(draw.random(count) < 0.5, 1, draw.integers(2, _MOST + 1, count))
    attack = np.repeat(np.arange(count), several)
    number = np.arange(len(attack)) - np.repeat(np.cumsum(several) - several, several)
    begin = frames.times[followed] + usual * draw.random(count)
    times = begin[attack] + number * (usual * draw.uniform(_NEAREST, 1, count))[attack]
    payloads = _changed(frames.payloads[followed], frames.lengths[followed], draw)[attack]
    ones = np.ones(len(attack), frames.attacks.dtype)
    return Frames(times, frames.ids[followed][attack], frames.lengths[followed][attack], payloads, ones)


def _changed(payloads: NDArray[np.uint8], lengths: NDArray[np.uint8], draw: np.random.Generator) -> NDArray[np.uint8]:
    """Return what attacks carry (n, 8): each payload with few bits flipped, or a random one."""
    count = len(payloads)
    rank = draw.random((count, 8 * PAYLOAD)).argsort(axis=1)
    flips = np.packbits(rank < draw.integers(1, _MOST + 1, count)[:, None], axis=1)
    noise = draw.integers(256, size=payloads.shape, dtype=np.uint8)
    carried = np.where(draw.random(count)[:, None] < 0.5, payloads ^ flips, noise)
    return np.where(np.arange(PAYLOAD) < lengths[:, None], carried, 0).astype(np.uint8)
