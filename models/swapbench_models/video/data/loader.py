"""Loader: clips as networks take them, read from their files a batch at a time."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.data import augmentation
from swapbench_models.video.data.augmentation import augmented
from swapbench_models.video.data.kept import Kept
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import check_unchanged, digest, state
from swapbench_models.video.reading.frames import Pixels, frames

# Raise it when the frames of a clip change, or what is a clip: what was kept of clips is made again.
VERSION = 2
# Colours as they were when PyTorchVideo's networks were trained, of 0 to 1.
_MEAN, _STD = 0.45, 0.225


@dataclass(frozen=True)
class Loader:
    """Clips of so many square frames, of `size` pixels a side, kept in a folder as they were decoded or augmented.

    Of eight frames of 64 x 64 of a clip of 96 x 96, decoding takes 7 ms, augmenting 4 ms, and reading what was kept of
    either 0.4 ms (two busy cores): kept, they cost a small network's training nothing, epoch after epoch.
    No more than a batch is in memory. `mean` and `std` are what a network expects of colours from 0 to 1: other than
    those by default, 0.5 and 0.5 for timm's vision transformers.
    """

    folder: Path
    frames: int = 8
    size: int = 64
    seed: int = 0
    mean: float = _MEAN
    std: float = _STD
    most_bytes: int = 4 << 30
    _kept: Kept = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin with what is kept."""
        object.__setattr__(self, "_kept", Kept(self.folder, self.most_bytes))

    def batch(self, paths: Sequence[str | Path], number: int | None = None) -> NDArray[np.float32]:
        """Return clips (N, 3, T, H, W), with colours innermost in memory, which is how networks are fastest.

        With a number, each is augmented in the way of that number; what is scored has none. Raises VideoError, which
        names the file, where one cannot be read.
        """
        if not len(paths):
            raise VideoError("A batch of no clips was asked for; give the path of one or more.")
        shape = (len(paths), self.frames, self.size, self.size, 3)
        made = np.empty(shape, np.float32)
        for place, path in zip(made, paths, strict=True):
            np.multiply(self.pixels(path, number), np.float32(1 / 255 / self.std), out=place)
        made -= np.float32(self.mean / self.std)
        return made.transpose(0, 4, 1, 2, 3)

    def pixels(self, path: str | Path, number: int | None = None) -> Pixels:
        """Return the frames (T, H, W, 3) of one clip, uint8, augmented where there is a number.

        Raises VideoError, which names the file, where it cannot be read, or is written meanwhile.
        """
        path = Path(path)
        before = state(path)
        content = digest(path)

        def decoded() -> Pixels:
            made = frames(path, self.frames, self.size)
            check_unchanged(path, before)
            return made

        def plain() -> Pixels:
            return self._kept.get(self._name(content), decoded)

        if number is None:
            return plain()
        more = {"seed": self.seed, "number": number, "augmentation": augmentation.VERSION}
        return self._kept.get(self._name(content, **more), lambda: augmented(plain(), content, self.seed, number))

    def _name(self, content: str, **more: int) -> str:
        asked = {"content": content, "frames": self.frames, "size": self.size, "version": VERSION, **more}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
