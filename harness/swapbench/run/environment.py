"""The environment of a measurement: threads, seeds, processors, versions, machine."""

import hashlib
import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from swapbench.plan.backend import Backend
from swapbench.run.backends import BACKENDS, adapter

_THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "POLARS_MAX_THREADS",
    "RAYON_NUM_THREADS",
)

# readline, which pytest imports, sets these for every process that is started from then on, such as workers: they tell
# the size of a terminal, on which no result stands.
_TERMINAL = ("COLUMNS", "LINES")

_began = dict(os.environ)


def begin(environment: Mapping[str, str]) -> None:
    """Take an environment for the one in which the session began: that of the process which started this one."""
    _began.clear()
    _began.update(environment)
    set_by_session.cache_clear()


def began() -> dict[str, str]:
    """Return the environment in which the session began, before it imported anything of the user's."""
    return dict(_began)


@cache
def set_by_session() -> tuple[tuple[str, str], ...]:
    """Return the variables that the session's own files have set (conftest.py, test files and what they import), as a
    backend declares them: children inherit them, so results stand on them.

    They are those of the first call, when all files have been collected: what a test sets later, no cell is to feel.
    """
    return tuple(
        (name, value.replace("{", "{{").replace("}", "}}"))
        for name, value in sorted(os.environ.items())
        if _began.get(name) != value and not name.startswith("PYTEST_") and name not in (*_THREAD_VARIABLES, *_TERMINAL)
    )


def variables(backend: Backend, threads: int, seed: int) -> dict[str, str]:
    """Return the variables for the interpreter of a child.

    Threads and the hash seed are fixed before it starts, the parent's import path goes along, and pytest's own
    variables stay behind: with them a child would take itself for a worker of pytest-xdist.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {
        **kept,
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
        **{name: value.format(threads=threads) for name, value in backend.environment},
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path),
    }


def cores() -> tuple[int, ...]:
    """Return the processors this process may use, one for each physical core, ascending."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    first: dict[str, int] = {}
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        first.setdefault(path.read_text().strip() if path.exists() else str(cpu), cpu)
    return tuple(first.values())


@cache
def versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return the installed versions of distributions and of Python, without importing them."""
    found = {"python": platform.python_version()}
    for name in distributions:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@cache
def accelerators() -> tuple[str, ...]:
    """Return the names of the NVIDIA GPUs that the driver shows, and which of them the environment lets be used;
    nothing numeric is imported for that."""
    told = [path.read_text().splitlines() for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))]
    names = [line.partition(":")[2].strip() for lines in told for line in lines if line.startswith("Model:")]
    visible = dict.fromkeys(name for backend in BACKENDS.values() for name in adapter(backend.adapter).visible)
    return (*names, *(f"{name}={os.environ[name]}" for name in visible if name in os.environ))


@cache
def machine() -> dict[str, Any]:
    """Describe the machine: what must be equal before two times may be compared.

    The host appears as a digest: enough to tell two machines apart, and nothing about them leaves with a record.
    """
    return {
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count(),
        "logical_cpus": psutil.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "host": hashlib.sha256(platform.node().encode()).hexdigest()[:12],
    }


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
