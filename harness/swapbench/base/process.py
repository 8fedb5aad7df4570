"""Processes: which one it was, so that another of the same number later is not taken for it."""

import os
from pathlib import Path
from typing import Any


def identity(pid: int) -> dict[str, Any] | None:
    """Return what tells a living process from every other: its number, the clock tick of its start, and of which boot
    and namespace the number is; None when there is no such process."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return {"pid": pid, "start": int(after_name[19]), **_numbering()}


def ended(process: Any) -> bool:
    """Tell whether the process of an identity has ended for certain.

    One of another boot or namespace (another container that shares the folder) may live: nothing here can tell.
    """
    if not isinstance(process, dict) or any(process.get(key) != value for key, value in _numbering().items()):
        return False
    return isinstance(process.get("pid"), int) and identity(process["pid"]) != process


def _numbering() -> dict[str, str]:
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {"boot": boot, "namespace": os.readlink("/proc/self/ns/pid")}
