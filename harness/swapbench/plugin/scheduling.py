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


class _Grouped(scheduler.LoadScopeScheduling):
    """xdist's scheduling by groups of tests, whose workers may die.

    Where there are cells, what a dead worker had completed is not handed out again, for a worker that is given nothing
    else waits for ever (with pytest-xdist 3.8), and neither is the test that it died with, as without groups.
    """

    def __init__(self, config: pytest.Config, log: Any, has_cells: Callable[[], bool]) -> None:
        super().__init__(config, log)
        self._has_cells = has_cells

    def remove_node(self, node: Any) -> str | None:
        """Take a worker out, and return the test that it died with; None where it had ended."""
        groups: dict[str, dict[str, bool]] = self.assigned_work[node]
        crashed = next((test for tests in groups.values() for test, done in tests.items() if not done), None)
        if crashed is None or not self._has_cells():
            ended: str | None = super().remove_node(node)
            return ended
        del self.assigned_work[node]
        for name, tests in groups.items():
            left = {test: done or test == crashed for test, done in tests.items()}
            if not all(left.values()):
                self.workqueue[name] = left
        for other in self.assigned_work:
            self._reschedule(other)
        return crashed


class LoadScopeScheduling(_Grouped):
    """By modules and classes."""


class LoadFileScheduling(_Grouped, scheduler.LoadFileScheduling):
    """By files."""


class LoadGroupScheduling(_Grouped, scheduler.LoadGroupScheduling):
    """By the mark `xdist_group`."""


GROUPED: dict[str, type[_Grouped]] = {
    "loadscope": LoadScopeScheduling,
    "loadfile": LoadFileScheduling,
    "loadgroup": LoadGroupScheduling,
}
