"""Faults: whatever is done to the real command, what had ended is kept, and nothing is told that is not so.

Here each is injected once or a few times; `python -m tests.faults` does it by the hundred (docs/reliability.md).
"""

from pathlib import Path

import pytest

from faults.catalogue import FAULTS
from faults.fault import Fault, tried
from faults.victim import Truth

# One of each kind, and no more than a minute of them.
_LONG = {
    "kill -9 of the controller, -n 2",
    "kill -9 of a worker of pytest-xdist, -n 2 --dist loadgroup",
    "SIGTERM, twice, to all of its group, -n 2",
    "disk full while journalling",
    "disk full while caching, -n 2",
    "disk full while reporting",
    "two runs on one store at once",
    "clock set back",
    "a child that forks, and leaves copies that live on in sessions of their own",
    "cache entry damaged, while cells are measured",
    "journal damaged anywhere, gone on with",
}


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """What an undisturbed run comes to."""
    return Truth.measured(tmp_path_factory.mktemp("truth"))


def _each(fault: Fault) -> object:
    soak = [] if fault.title in _LONG else [pytest.mark.soak]
    return pytest.param(fault, id=fault.title, marks=[pytest.mark.long, pytest.mark.both_cores, *soak])


@pytest.mark.parametrize("fault", [_each(fault) for fault in FAULTS])
def test_what_is_promised_of_a_fault_holds(fault: Fault, truth: Truth, tmp_path: Path) -> None:
    if not fault.possible():
        pytest.skip("this user may not do such harm")
    for found in tried(fault, truth, tmp_path, 1 if fault.title in _LONG else 3, seed=16):
        assert found.words == []


def test_every_fault_has_a_name_of_its_own_and_a_promise_in_a_sentence() -> None:
    assert len({fault.title for fault in FAULTS}) == len(FAULTS)
    assert {fault.title for fault in FAULTS} >= _LONG
    assert all(fault.promise.endswith(".") for fault in FAULTS)
