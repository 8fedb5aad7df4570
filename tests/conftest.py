"""Fixtures of the end-to-end tests: where they run pytest, and over how many processes."""

import sys

import pytest
from helpers import WIDE
from sandbox import FAKE, Sandbox


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Let torch, where this process has imported it, compute with one thread.

    Its models are tiny here, and two workers with two threads each wait for one another's cores, spinning, for longer
    than they compute.
    """
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


@pytest.fixture
def sandbox(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a fresh folder with the fake models, where no outer pytest-xdist is felt and no other run waited for."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(pytester.path / "locks"))
    monkeypatch.setenv("COLUMNS", WIDE)
    made = Sandbox(pytester)
    made.write(fake=FAKE)
    return made


@pytest.fixture(params=[(), ("-n0",), ("-n2",)], ids=["plain", "n0", "n2"])
def plugin_args(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Without pytest-xdist at work, with it but no workers, and with two workers."""
    given: tuple[str, ...] = request.param
    return given


@pytest.fixture(params=[(), ("-n2",)], ids=["plain", "n2"])
def spread(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """In one process, and over two workers."""
    given: tuple[str, ...] = request.param
    return given
