"""The fan: the controller of pytest-xdist's workers, as long as nobody knows whether there are suites."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from swapbench.base import session
from swapbench.base.error import SwapError
from swapbench.plugin.collecting import Collecting
from swapbench.record.store import JOURNAL, STORE


class Fan:
    """Tells workers which run they are in, and gives this process its role once they have found suites: they have made
    the journal then, and a run without any leaves none."""

    def __init__(self, config: pytest.Config, collecting: Collecting) -> None:
        self._config, self._collecting = config, collecting

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["swapbench_run"] = self._collecting.run
        node.workerinput["swapbench_environment"] = session.began()
        node.workerinput["swapbench_asked"] = self._collecting.asked

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Any) -> object | None:
        """Hand cells out one at a time, or as the user chose."""
        from swapbench.plugin.scheduling import GROUPED, LoadScheduling  # here, for not every run has pytest-xdist

        if config.option.dist in GROUPED:
            return GROUPED[config.option.dist](config, log, self._has_cells)
        return LoadScheduling(config, log, self._has_cells, self._measured) if config.option.dist == "load" else None

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:
        if self._has_cells():
            self._collecting.roles().begin()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Hear what a worker that has ended had to say."""
        told = {
            name: value for name, value in getattr(node, "workeroutput", {}).items() if name.startswith("swapbench_")
        }
        if told:
            self._collecting.roles().hear(told)

    def _measured(self) -> set[str]:
        return self._collecting.roles().runner.measured()

    def _has_cells(self) -> bool:
        given = self._config.option.swap_store
        store = Path(given) if given else self._config.rootpath / STORE
        with suppress(SwapError):  # a worker that cannot use the journal either says why, and nothing is measured
            return (store / JOURNAL).exists() and bool(self._collecting.roles().runner.planned())
        return False
