"""The machine: which processors this process may use, and what tells the machine from others."""

import hashlib
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any


def cores() -> tuple[int, ...]:
    """Return the processors this process may use, one for each physical core, ascending."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    first: dict[str, int] = {}
    for cpu in allowed:
        path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        first.setdefault(path.read_text().strip() if path.exists() else str(cpu), cpu)
    return tuple(first.values())


@cache
def machine() -> dict[str, Any]:
    """Describe the machine: what must be equal before two times may be compared.

    The host appears as a digest: enough to tell two machines apart, and nothing about them leaves with a record.
    """
    import psutil  # here, for whoever only asks for the cores

    return {
        "cpu": _cpu_model(),
        "cores": psutil.cpu_count(logical=False) or psutil.cpu_count(),
        "logical_cpus": psutil.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": f"{platform.system()} {platform.release()}",
        "architecture": platform.machine(),
        "host": host(platform.node()),
    }


def host(name: str) -> str:
    """Return what tells the machine of some name from others without saying that name."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
