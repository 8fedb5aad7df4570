"""Folder: where clips are kept that were generated, and what was made of clips, for whoever names no other place."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "SWAPBENCH_VIDEO"


def kept_in(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that SWAPBENCH_VIDEO names, or else the user's own for what can be made again."""
    if environment.get(VARIABLE):
        return Path(environment[VARIABLE])
    return Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "swapbench" / "video"
