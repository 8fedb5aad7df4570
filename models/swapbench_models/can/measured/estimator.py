"""The estimator: a detector as whoever compares models calls it, with rows of windows and their labels."""

from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.detector.detector import Detector, Scores
from swapbench_models.can.measured.examples import windows


class Estimator:
    """A detector that is given what `datasets` returns: rows of the windows of whole recordings."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self.alarms_by_recording: list[NDArray[np.int64]] = []  # of the rows that were last judged

    @property
    def batch_size(self) -> int | None:
        return getattr(getattr(self._detector, "settings", None), "batch_size", None)

    def fit(self, rows: Any, y: Any) -> Self:
        self._detector.fit(windows(rows, labelled=True))
        return self

    def graphs(self, rows: Any) -> None:
        """Make the graphs of rows that are learnt from, as `fit` does before it learns."""
        detector: Any = self._detector
        detector.graphs(windows(rows, labelled=True))

    def predict(self, rows: Any) -> NDArray[np.int64]:
        return self._judge(rows)[1]

    def predict_proba(self, rows: Any) -> NDArray[np.float64]:
        """Return (n, 2); the second is the score, whose threshold need not be a half."""
        scores, _ = self._judge(rows)
        return np.stack([1 - scores, scores], axis=1)

    def _judge(self, rows: Any) -> tuple[Scores, NDArray[np.int64]]:
        """Return scores and alarms of rows (n,), and note these by recording: an attack does not go on in the next."""
        given = windows(rows)
        scores = self._detector.scores(given)
        alarms = (scores > self._detector.threshold).astype(np.int64)
        self.alarms_by_recording = np.split(alarms, np.cumsum(given.counts)[:-1]) if len(alarms) else []
        return scores, alarms

    def save_fitted(self, file: Path) -> None:
        self._detector.save_fitted(file)

    def load_fitted(self, file: Path) -> None:
        self._detector.load_fitted(file)

    def count_parameters(self) -> int:
        return self._detector.count_parameters()
