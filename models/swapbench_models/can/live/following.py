"""Following: windows of a bus are scored one after the other, as they become whole."""

from typing import Protocol, runtime_checkable

from swapbench_models.can.detector.detector import Detector, Scores
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.windows.windows import Windows


class Following(Protocol):
    """Scores whole windows that come right after those of the call before."""

    def scores(self, frames: Frames) -> Scores: ...


@runtime_checkable
class Follows(Protocol):
    """A detector that remembers frames from window to window, and what was usual on the bus in its opening."""

    def following(self, opening: Frames, size: int) -> Following:
        """Return what goes with a bus from its first frame on, in windows of a size, by the frames of its opening."""


class WindowByWindow:
    """Of a detector to which each window is a world of its own."""

    def __init__(self, detector: Detector, size: int) -> None:
        self._detector, self._size = detector, size

    def scores(self, frames: Frames) -> Scores:
        return self._detector.scores(Windows((frames,), self._size, self._size))


def following(detector: Detector, opening: Frames, size: int) -> Following:
    """Return what scores the windows of one bus, the first of which begins with its first frame."""
    return detector.following(opening, size) if isinstance(detector, Follows) else WindowByWindow(detector, size)
