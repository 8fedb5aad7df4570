"""Scheduling: what a worker that died had done is not done again, and what it died with is not tried by all others."""

from types import SimpleNamespace
from typing import Any

import pytest

from swapbench.plugin.scheduling import GROUPED

TESTS = [f"test_{number}.py::test[{number}]@{number}" for number in range(8)]


class Worker:
    """A worker as schedulers know it."""

    def __init__(self, name: str) -> None:
        self.gateway, self.shutting_down = SimpleNamespace(id=name), False
        self.given: list[int] = []
        self.completed = 0

    def send_runtest_some(self, places: list[int]) -> None:
        assert places, "a worker that is given nothing waits for ever"
        self.given += places

    def complete(self, sched: Any) -> None:
        place, self.completed = self.given[self.completed], self.completed + 1
        sched.mark_test_complete(self, place)

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.mark.parametrize("cells", [True, False], ids=["cells", "other tests"])
@pytest.mark.parametrize("dist", GROUPED)
def test_a_worker_that_comes_for_one_that_died_is_given_what_that_had_not_done(dist: str, *, cells: bool) -> None:
    config: Any = SimpleNamespace(
        option=SimpleNamespace(loadscopereorder=True), getvalue=lambda _: ["popen", "popen"], rootpath=""
    )
    sched: Any = GROUPED[dist](config, None, lambda: cells)
    first, second, third = (Worker(f"gw{number}") for number in range(3))
    for worker in (first, second):
        sched.add_node(worker)
        sched.add_node_collection(worker, TESTS)
    sched.schedule()
    while sched.workqueue or first.completed < len(first.given) - 1:
        first.complete(sched)
        second.complete(sched)
    second.shutdown()
    assert sched.remove_node(first) == TESTS[first.given[-1]]
    sched.add_node(third)
    sched.add_node_collection(third, TESTS)
    if cells:
        sched.schedule()
        assert (third.given, third.shutting_down) == ([], True)
    else:
        with pytest.raises(AssertionError, match="waits for ever"):  # which pytest-xdist may mend one day
            sched.schedule()
