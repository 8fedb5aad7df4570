"""The instrument: swapbench's own files, which decide how everything is measured, and are known as a whole."""

import hashlib
from functools import cache
from pathlib import Path

from swapbench.plan.files import file_digest

_PACKAGE = __name__.partition(".")[0]


@cache
def instrument() -> str:
    """Return the digest of the instrument's own files."""
    folder = own_folder()
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        whole.update(f"{path.relative_to(folder)}\0{file_digest(path)}\0".encode())
    return whole.hexdigest()


def is_instrument(target: str) -> bool:
    """Tell whether a target is part of the instrument itself, of which there is one, whatever it measures."""
    return target.partition(":")[0].partition(".")[0] == _PACKAGE


def own_folder() -> Path:
    """Return the folder of the instrument's package."""
    return Path(__file__).parents[1]
