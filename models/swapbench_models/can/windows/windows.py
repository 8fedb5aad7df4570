"""Windows: so many frames that follow each other in one recording; each is judged as a whole."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import CanError, DataError
from swapbench_models.can.frames.frames import UNLABELLED, Frames

SIZE = 100
OPENING_S = 5.0  # seconds of a recording by which it is known what is usual on its bus

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Windows:
    """The windows of `size` frames of recordings, one every `stride` frames; none straddles the end of a recording, and
    what is left over at its end is in none.

    Windows are never taken out of their recordings: whoever learns of a part of them makes of all what he learns from,
    and takes that part. Raises CanError for a size below 2 or a stride below 1.
    """

    recordings: tuple[Frames, ...]
    size: int = SIZE
    stride: int = SIZE

    def __post_init__(self) -> None:
        if self.size < 2 or self.stride < 1:  # an edge needs two frames
            raise CanError(f"window {self.size}, stride {self.stride}: give a window from 2 on and a stride from 1 on.")

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def frames(self) -> Frames:
        """All frames, recording after recording."""
        return Frames.joined(self.recordings)

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """How many windows each recording has."""
        return np.array([max(0, (len(each) - self.size) // self.stride + 1) for each in self.recordings], np.int64)

    @cached_property
    def recording(self) -> NDArray[np.int64]:
        """The number of each window's recording (n,)."""
        return np.repeat(np.arange(len(self.recordings)), self.counts)

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The place of each window's first frame in `frames` (n,)."""
        starts = np.cumsum([0, *map(len, self.recordings)])[:-1]
        within = np.arange(self.counts.sum()) - np.repeat(np.cumsum(self.counts) - self.counts, self.counts)
        first: NDArray[np.int64] = np.repeat(starts, self.counts) + within * self.stride
        return first

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The places of each window's frames in `frames` (n, size)."""
        return self.first[:, None] + np.arange(self.size)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """1 for each window in which a frame was injected, 0 for the others (n,); raises DataError where nobody says of
        a frame whether it was."""
        attacks = self.frames.attacks[self.places]
        if (attacks == UNLABELLED).any():
            raise DataError("These recordings do not say which frames were injected: there is nothing to learn from.")
        return np.asarray(attacks.any(axis=1), np.int64)
