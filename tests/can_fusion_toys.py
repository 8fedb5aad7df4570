"""Two sources of which it is known how they are best mixed, and recordings whose payloads say their scores."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.fusion.samples import Samples
from swapbench_models.can.windows.windows import Windows

SIZE = 4  # frames of a window
_STEPS = 255  # a score is a byte


def torn(windows: int, seed: int) -> Samples:
    """Return samples in half of which the first source is right, but hardly sure, and the second one wrong and sure; in
    the others it is the other way round. Which of them is sure shows; no fixed share is right in more than a half."""
    draw = np.random.default_rng(seed)
    labels = (np.arange(windows) % 4 < 2).astype(np.int64)
    towards = 2 * labels - 1
    right = 0.5 + towards * draw.uniform(0.13, 0.17, windows)
    wrong = 0.5 - towards * draw.uniform(0.35, 0.5, windows)
    first = np.arange(windows) % 2 == 0
    return Samples(np.where(first, right, wrong), np.where(first, wrong, right), labels)


def recorded(samples: Samples, recordings: int = 4) -> Windows:
    """Return windows, of so many recordings, whose first frames bear the scores of samples, and are attacks or not."""
    return Windows(tuple(_frames(samples[part]) for part in np.split(np.arange(len(samples)), recordings)), SIZE, SIZE)


def _frames(samples: Samples) -> Frames:
    payloads = [bytes(2)] * (SIZE * len(samples))
    payloads[::SIZE] = [
        bytes(round(score * _STEPS) for score in pair) for pair in zip(samples.first, samples.second, strict=True)
    ]
    attacks = np.zeros(len(payloads), int)
    attacks[::SIZE] = samples.labels
    return Frames.of(range(len(payloads)), [1] * len(payloads), payloads, attacks.tolist())


@dataclass(frozen=True)
class Told:
    """A source that reads its scores off a byte of each window's first frame."""

    name: str
    file: Path
    byte: int
    threshold: float = 0.5

    def scores(self, windows: Windows) -> np.ndarray:
        return windows.frames.payloads[windows.first, self.byte] / _STEPS
