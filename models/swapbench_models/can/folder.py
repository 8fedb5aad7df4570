"""Folder: where recordings are kept that were generated, and what was made of recordings, for whoever names no other
place."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SWAPBENCH_CAN"


def kept_in(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that SWAPBENCH_CAN names, or else the user's own for what can be made again."""
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "swapbench" / "can"
