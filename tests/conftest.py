"""Fixtures of the end-to-end tests: where they run pytest, and over how many processes; and an empty MLflow."""

import compileall
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import swapbench
import swapbench_models
from helpers import SPARED, WIDE
from library_process import Ask, process
from sandbox import FAKE, Sandbox

# Models of these tests are tiny, and beside other workers a second thread of each makes them many times slower: OpenMP
# spins. Set before anything imports torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--engine",
        action="append",
        default=[],
        metavar="TARGET",
        help="hold an engine of your own to the contract of tests/test_engine.py (repeatable)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Compile the instrument and the models, for themselves and as pytest has its plugins compiled, where no bytecode
    is to be written.

    Each of the many hundred processes that these tests start would otherwise do it anew, in most of a second.
    """
    if sys.dont_write_bytecode and not hasattr(config, "workerinput"):
        for package in (swapbench, swapbench_models):
            compileall.compile_dir(Path(package.__file__ or "").parent, quiet=1)
        writing = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        with tempfile.TemporaryDirectory() as empty:
            subprocess.run([sys.executable, "-m", "pytest"], cwd=empty, env=writing, capture_output=True, check=False)


@pytest.fixture(autouse=True)
def one_thread() -> None:
    """Let torch, where this process has imported it, compute with one thread.

    Its models are tiny here, and two workers with two threads each wait for one another's cores, spinning, for longer
    than they compute.
    """
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


_TWO_WORKERS = pytest.param(("-n2",), id="n2", marks=pytest.mark.both_cores)


@pytest.fixture(autouse=True)
def own_core(request: pytest.FixtureRequest, worker_id: str) -> Iterator[None]:
    """Give a test a core of its own, unless it is marked `both_cores`.

    What a test measures takes the first core that it may use, and beside another worker's test on the same one its
    samples would be contaminated, and take twice as long. How many cores there are decides the slot of two workers.
    """
    before = os.sched_getaffinity(0)
    if worker_id.startswith("gw") and request.node.get_closest_marker("both_cores") is None:
        cores = sorted(before)
        os.sched_setaffinity(0, {cores[int(worker_id[2:]) % len(cores)]})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture
def sandbox(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """Return a fresh folder with the fake models, where no outer pytest-xdist is felt and no other run waited for."""
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER_COUNT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SWAPBENCH_LOCKS", str(pytester.path / "locks"))
    monkeypatch.setenv("COLUMNS", WIDE)
    monkeypatch.setenv("PYTEST_ADDOPTS", SPARED)
    made = Sandbox(pytester)
    made.write(fake=FAKE)
    return made


@pytest.fixture(params=[pytest.param((), id="plain"), pytest.param(("-n0",), id="n0"), _TWO_WORKERS])
def plugin_args(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Without pytest-xdist at work, with it but no workers, and with two workers."""
    given: tuple[str, ...] = request.param
    return given


@pytest.fixture(params=[pytest.param((), id="plain"), _TWO_WORKERS])
def spread(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """In one process, and over two workers."""
    given: tuple[str, ...] = request.param
    return given


@pytest.fixture(scope="session")
def torch() -> Iterator[Ask]:
    """Yield what calls functions in one process for all tests that has one thread, and may import torch."""
    with process("torch") as ask:
        yield ask


@pytest.fixture(scope="session")
def mlflow_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of SQLite's with MLflow's tables, to be copied: making them takes seconds."""
    from swapbench_models.fingerprint.model.stored import AutoEncoders
    from swapbench_models.store.mlflow_store import MlflowStore

    path = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowStore(AutoEncoders(), f"sqlite:///{path}")
    return path
