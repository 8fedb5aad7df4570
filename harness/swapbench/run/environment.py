"""The environment of a measurement: threads, seeds, processors, versions, machine."""

import importlib.metadata
import os
import platform
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from swapbench.base import session
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


def set_by_session() -> tuple[tuple[str, str], ...]:
    """Return the variables that the session's own files have set, as a backend declares them."""
    return tuple(
        (name, value.replace("{", "{{").replace("}", "}}"))
        for name, value in session.set_since()
        if name not in _THREAD_VARIABLES
    )


def variables(backend: Backend, threads: int, seed: int, inherited: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the variables for the interpreter of a child, which inherits those of this process unless others are
    given.

    Threads and the hash seed are fixed before it starts, the parent's import path goes along, and what tools
    have set for processes that are theirs stays behind.
    """
    given = os.environ if inherited is None else inherited
    kept = {name: value for name, value in given.items() if not name.startswith(session.TOOLS)}
    return {
        **kept,
        **dict.fromkeys(_THREAD_VARIABLES, str(threads)),
        **{name: value.format(threads=threads) for name, value in backend.environment},
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path),
    }


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
def accelerators(own: str = "") -> tuple[str, ...]:
    """Return the names of the NVIDIA GPUs that the driver shows, and which of them the environment lets be used,
    by the variables of the adapter under `own` too; nothing numeric is imported for that."""
    told = [path.read_text().splitlines() for path in sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))]
    names = [line.partition(":")[2].strip() for lines in told for line in lines if line.startswith("Model:")]
    targets = (own, *(backend.adapter for backend in BACKENDS.values()))
    visible = dict.fromkeys(name for target in targets for name in adapter(target).visible)
    return (*names, *(f"{name}={os.environ[name]}" for name in visible if name in os.environ))
