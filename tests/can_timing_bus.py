"""A small bus: identifiers that are sent at their intervals, with counters in what they carry, and frames too many."""

import numpy as np

from swapbench_models.can.frames.frames import Frames


def bus(seed: int, seconds: float = 8.0, injected: int = 0) -> Frames:
    """Return a recording of a vehicle of its own; attacks begin after the sixth second."""
    draw = np.random.default_rng(seed)
    count = int(draw.integers(6, 12))
    ids, intervals = draw.choice(2048, count, replace=False), draw.choice([0.01, 0.02, 0.05, 0.1], count)
    intervals[0] = 0.01
    times, known, payloads, attacks = [], [], [], []
    for each, interval in zip(ids, intervals, strict=True):
        sent = np.arange(draw.uniform(0, interval), seconds, interval)
        times.append(sent + draw.normal(0, 0.01 * interval, len(sent)))
        known.append(np.full(len(sent), each))
        fixed = draw.integers(256, size=8)
        carried = np.tile(fixed, (len(sent), 1))
        carried[:, 7] = np.arange(len(sent)) % 16
        payloads.append(carried)
        attacks.append(np.zeros(len(sent)))
    if injected:
        at = draw.choice(count, injected, p=1 / intervals / (1 / intervals).sum())
        times.append(draw.uniform(6, seconds, injected))
        known.append(ids[at])
        payloads.append(draw.integers(256, size=(injected, 8)))
        attacks.append(np.ones(injected))
    order = np.argsort(np.concatenate(times), kind="stable")
    joined = np.concatenate(payloads)[order].astype(np.uint8)
    return Frames.of(
        np.concatenate(times)[order],
        np.concatenate(known)[order],
        [bytes(each) for each in joined],
        np.concatenate(attacks)[order].astype(int),
    )


def renamed(frames: Frames) -> Frames:
    """Return the frames with other identifiers, in another order."""
    return Frames(frames.times, (frames.ids * 1031 + 7) % 2053, frames.lengths, frames.payloads, frames.attacks)
