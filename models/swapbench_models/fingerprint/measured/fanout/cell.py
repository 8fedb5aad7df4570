"""Cells: the part of an arm that follows preparation, for whoever times models; rows come as an array."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.fingerprint.logs import schema
from swapbench_models.fingerprint.measured.datasets import as_frame
from swapbench_models.fingerprint.measured.estimator import known_as
from swapbench_models.fingerprint.measured.fanout.arm import Branch, Schedule, Work
from swapbench_models.fingerprint.measured.fanout.branch import prepared
from swapbench_models.fingerprint.measured.fanout.schedules import SCHEDULES, helpers

if TYPE_CHECKING:
    from swapbench_models.fingerprint.measured.fanout.worker import Worker


class FanOut:
    """Models trained on one stream, on a schedule; processes have one thread each."""

    def __init__(self, models: Sequence[str], schedule: Schedule = "sequence", epochs: int = 30) -> None:
        self._models, self._schedule, self._epochs = models, schedule, epochs
        self._frame: Any = None
        self._helpers: Sequence[Worker] = ()
        self.branches: list[Branch] = []

    def prepare(self, rows: NDArray[np.void]) -> None:
        """Prepare the rows once for all models, and start the processes that will train them."""
        self._frame = prepared(as_frame(rows), schema.named(known_as(rows)))
        self._helpers = helpers(self._schedule, self._models, threads=1)

    def train(self, rows: NDArray[np.void]) -> None:
        """Train every model on what was prepared; nothing is written."""
        work = Work((), known_as(rows), self._epochs)
        made = SCHEDULES[self._schedule](self._models, self._frame, work, None, self._helpers)
        self.branches = [branch for branch, _, _ in made]
