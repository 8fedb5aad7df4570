"""Scheduling: how pytest-xdist hands out cells."""

from collections.abc import Callable, Collection
from typing import Any

import pytest
from xdist import scheduler


class LoadScheduling(scheduler.LoadScheduling):
    """xdist's own scheduling by load, one test at a time where there are cells.

    Its first share, a quarter of all tests, suits tests of milliseconds; of cells that take seconds, one worker would
    still have several when the other is out of work. `--maxschedchunk` and `--dist` stay the user's. Of a run that is
    resumed, cells which are not among those `measured` before come first, but for the two that each worker begins with.
    """

    maxschedchunk: int | None

    def __init__(
        self, config: pytest.Config, log: Any, has_cells: Callable[[], bool], measured: Callable[[], Collection[str]]
    ) -> None:
        super().__init__(config, log)
        self._has_cells, self._measured = has_cells, measured

    def schedule(self) -> None:
        """Hand out tests; all workers have collected, so the plan is in the journal."""
        first = self.maxschedchunk is None and self._has_cells()
        if first:
            self.maxschedchunk = 1
        super().schedule()
        if first and self.collection:
            known, collection = self._measured(), self.collection
            self.pending.sort(key=lambda place: collection[place] in known)
