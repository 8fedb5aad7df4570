"""Scheduling: how pytest-xdist hands out cells."""

from collections.abc import Callable
from typing import Any

import pytest
from xdist import scheduler


class LoadScheduling(scheduler.LoadScheduling):
    """xdist's own scheduling by load, one test at a time where there are cells.

    Its first share, a quarter of all tests, suits tests of milliseconds; of cells that take seconds, one worker would
    still have several when the other is out of work. `--maxschedchunk` and `--dist` stay the user's.
    """

    maxschedchunk: int | None

    def __init__(self, config: pytest.Config, log: Any, has_cells: Callable[[], bool]) -> None:
        super().__init__(config, log)
        self._has_cells = has_cells

    def schedule(self) -> None:
        """Hand out tests; all workers have collected, so the plan is in the journal."""
        if self.maxschedchunk is None and self._has_cells():
            self.maxschedchunk = 1
        super().schedule()
