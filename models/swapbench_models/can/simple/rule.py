"""The rule: an alarm where an identifier is new, or too soon, by its recording's own first seconds."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.simple import saved
from swapbench_models.can.simple.following import Following
from swapbench_models.can.simple.openings import Openings, lasting
from swapbench_models.can.simple.suspicion import suspicion
from swapbench_models.can.windows.windows import OPENING_S, Windows

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

_NAME = "rule"


class Rule:
    """Nothing is trained: a window is flagged when one of its frames has an identifier that the first `opening_s`
    seconds of the recording have not, or comes sooner after the last of its identifier than half of the median interval
    that it had there.

    Intervals go on from window to window. Where time steps back they may be negative, and are flagged. An identifier
    seen once in the opening has no interval, and is never flagged. Windows of the opening itself are judged as others
    are, by all of it. A score is 1 less the smallest interval beside its median, and 1 where an identifier is new.
    Raises CanError for an opening that is not above 0.
    """

    threshold = 0.5
    attempts: "tuple[Attempt, ...]" = ()

    def __init__(self, opening_s: float = OPENING_S) -> None:
        self.opening_s = lasting(opening_s)

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Learn nothing."""
        return self

    def scores(self, windows: Windows) -> Scores:
        openings = Openings(windows, self.opening_s)
        return suspicion(windows.places, openings.new, openings.before)

    def following(self, opening: Frames, size: int) -> Following:
        """Return what goes with a bus from its first frame on, in windows of a size, by the frames of its opening."""
        return Following(opening, self.opening_s, size)

    def save_fitted(self, path: Path) -> None:
        saved.write(path, _NAME, {"opening_s": self.opening_s})

    def load_fitted(self, path: Path) -> None:
        saved.load(path, _NAME, self._take)

    def count_parameters(self) -> int:
        return 0

    def _take(self, values: Mapping[str, Any]) -> None:
        self.opening_s = lasting(float(values["opening_s"]))
