"""Watching: frames as they come, and what a detector says of each window."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from swapbench_models.can.detector.detector import Detector
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.live.following import Following, Follows, following
from swapbench_models.can.windows.opening import LONGEST, opening
from swapbench_models.can.windows.windows import SIZE


@dataclass(frozen=True)
class Judged:
    """What a detector said of a window: its number from 0, the times of its first and last frame as they are stamped,
    in seconds, and how long it took from when its last frame was read, in seconds.

    The windows of the opening are judged when that has ended, so theirs is longer.
    """

    number: int
    first: float
    last: float
    score: float
    alarm: bool
    latency_s: float


def watch(
    parts: Iterable[Frames],
    detector: Detector,
    opening_s: float = 5.0,
    size: int = SIZE,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Judged]:
    """Yield what a fitted detector says of each window of a bus, as soon as it can be said.

    A detector that follows the bus begins when its opening is over, or the stream ends before; frames that are left
    over at the end are in no window. What is held in memory is the opening, and then less than a window and a part.
    Raises CanError, before anything is watched, for an opening that is no time above 0.
    """
    if not 0 < opening_s < float("inf"):
        raise CanError(f"{opening_s:g} s are no opening; give a time above 0.")
    return _watched(parts, detector, opening_s, size, clock)


def _watched(
    parts: Iterable[Frames], detector: Detector, opening_s: float, size: int, clock: Callable[[], float]
) -> Iterator[Judged]:
    waiting = _Waiting(size, opening_s)
    with_bus: Following | None = None
    number = 0
    for part in parts:
        waiting.add(part, clock())
        if not len(waiting) or (with_bus is None and isinstance(detector, Follows) and not waiting.over):
            continue
        with_bus = with_bus or following(detector, waiting.opening, size)
        for judged in _judged(detector, with_bus, waiting, number, clock):
            yield judged
            number += 1
    if with_bus is None and len(waiting):
        yield from _judged(detector, following(detector, waiting.opening, size), waiting, number, clock)


def _judged(
    detector: Detector, with_bus: Following, waiting: "_Waiting", number: int, clock: Callable[[], float]
) -> Iterator[Judged]:
    frames, read = waiting.take()
    if not len(frames):
        return
    alarms = with_bus.scores(frames)
    now = clock()
    for at, score in enumerate(alarms.tolist()):
        first, last = at * waiting.size, (at + 1) * waiting.size - 1
        yield Judged(
            number + at,
            float(frames.times[first]),
            float(frames.times[last]),
            score,
            score > detector.threshold,
            now - read[last],
        )


class _Waiting:
    """Frames that are in no window yet, and when each was read."""

    def __init__(self, size: int, opening_s: float) -> None:
        self.size, self._opening_s = size, opening_s
        self._parts: list[Frames] = []
        self._read: list[float] = []
        self._began: float | None = None
        self._later = False

    def __len__(self) -> int:
        return len(self._read)

    @property
    def frames(self) -> Frames:
        if len(self._parts) > 1:
            self._parts = [Frames.joined(self._parts)]
        return self._parts[0] if self._parts else Frames.of([], [], [])

    def add(self, part: Frames, now: float) -> None:
        if not len(part):
            return
        self._began = float(part.times[0]) if self._began is None else self._began
        self._later = self._later or bool((part.times > self._began + self._opening_s).any())
        self._parts.append(part)
        self._read.extend([now] * len(part))

    @property
    def over(self) -> bool:
        """Whether no frame that comes is of the opening."""
        return self._later or len(self) >= LONGEST

    @property
    def opening(self) -> Frames:
        return opening(self.frames, self._opening_s)

    def take(self) -> tuple[Frames, list[float]]:
        """Return the frames of all whole windows, and when each was read; what is left over goes on waiting."""
        whole = len(self) // self.size * self.size
        frames, read = self.frames[:whole], self._read[:whole]
        self._parts, self._read = [self.frames[whole:]], self._read[whole:]
        return frames, read
