"""The worker: a process of pytest-xdist that collects and measures, and tells its controller."""

from collections.abc import Mapping
from typing import Any, cast

import pytest

from swapbench.plugin import seam
from swapbench.plugin.runner import Runner
from swapbench.plugin.stash import POSITION


class Worker:
    """Sends what its controller has to know, with test reports and when it ends."""

    def __init__(self, config: pytest.Config, runner: Runner) -> None:
        self._config, self.runner = config, runner

    def begin(self) -> None:
        """Nothing is shown here."""

    def refuse(self, items: list[pytest.Item], sentence: str) -> None:
        self._tell("swapbench_refusal", sentence)
        items.clear()

    def leave_out(self, absence: str) -> None:
        self._tell("swapbench_absence", absence)

    def hear(self, told: Mapping[str, str]) -> None:
        """No worker has workers."""

    def arrange(self, items: list[pytest.Item]) -> None:
        """The controller hands them out."""

    def carry(self, item: pytest.Item, report: pytest.TestReport) -> None:
        report.swapbench_stats = seam.carry(item, item.stash[POSITION])  # type: ignore[attr-defined]  # travels as text

    def _tell(self, name: str, sentence: str) -> None:
        cast(Any, self._config).workeroutput[name] = sentence
