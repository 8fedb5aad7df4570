"""Between: the rule, by the frames before and after each, and with a threshold that is learnt."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from swapbench_models.can.detector.detector import Scores
from swapbench_models.can.error import CanError
from swapbench_models.can.simple import saved
from swapbench_models.can.simple.openings import Openings, lasting
from swapbench_models.can.simple.suspicion import suspicion
from swapbench_models.can.simple.threshold import best, both_classes
from swapbench_models.can.windows.windows import OPENING_S, Windows

if TYPE_CHECKING:
    from swapbench_models.training.memory import Attempt

_NAME = "between"


class Between:
    """A window is flagged when one of its frames has an identifier that the first `opening_s` seconds of the recording
    have not, or the frames of its identifier before and after it are too close to each other.

    An injected frame makes two intervals of one, wherever in it it lies; a frame that is late makes the next interval
    the shorter, but not both together. How close is too close is the one number that is learnt: the threshold which has
    the best F1 on what is learnt from. It looks ahead as far as the next frame of each identifier, which may lie in a
    later window: on a bus it would tell an interval later than the rule. Raises CanError for an opening that is not
    above 0.
    """

    attempts: "tuple[Attempt, ...]" = ()

    def __init__(self, opening_s: float = OPENING_S) -> None:
        self.opening_s = lasting(opening_s)
        self.threshold = 0.25  # half way between frames that keep their time and one injected between two
        self._fitted = False

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> Self:
        """Learn the threshold; raises DataError where windows are all of one class, or not labelled."""
        labels = both_classes(windows.labels)
        self.threshold, self._fitted = best(labels, self._scores(windows)), True
        return self

    def scores(self, windows: Windows) -> Scores:
        self._require_fitted()
        return self._scores(windows)

    def save_fitted(self, path: Path) -> None:
        self._require_fitted()
        saved.write(path, _NAME, {"opening_s": self.opening_s, "threshold": self.threshold})

    def load_fitted(self, path: Path) -> None:
        saved.load(path, _NAME, self._take)
        self._fitted = True

    def count_parameters(self) -> int:
        return 1

    def _take(self, values: Mapping[str, Any]) -> None:
        opening_s = lasting(float(values["opening_s"]))
        self.threshold = saved.number(values, "threshold", -1, 1)
        self.opening_s = opening_s

    def _scores(self, windows: Windows) -> Scores:
        openings = Openings(windows, self.opening_s)
        return suspicion(windows.places, openings.new, openings.between)

    def _require_fitted(self) -> None:
        if not self._fitted:
            raise CanError("This detector has learnt nothing yet; fit it, or load what was fitted.")
