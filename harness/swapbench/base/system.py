"""The operating system: Linux measures; any other collects, reads, compares and reports."""

import sys

from swapbench.base.error import SwapError


def require_linux() -> None:
    """Raise SwapError where nothing can be measured."""
    name = {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)
    if sys.platform != "linux":
        raise SwapError(
            f"swapbench measures on Linux only, and this is {name}: it reads /proc and forks. Records made on Linux "
            "can be listed, compared and reported here."
        )
