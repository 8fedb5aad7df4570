"""Files: which of those beside some code count for what it does, and what each of them is known by."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from swapbench.base.error import SwapError

PYTHON = (".py", ".pyi", ".pyc", ".pyo")
PROSE = (".md", ".rst")
# Bigger ones (weights) are known by size and time of change, for reading them would make planning slow.
_READ_WHOLE_BYTES = 64 * 2**20
_KERNELS = ("/proc/", "/sys/", "/dev/")


def package_files(packages: Mapping[str, list[Path]], *, prose: bool) -> Iterator[tuple[str, str]]:
    """Yield name and digest of every file of some packages that is not Python.

    Documentation is left out: `.md` and `.rst` files, unless own code has such an ending in a text, or lists
    folders (`prose`).
    """
    left_out = PYTHON if prose else (*PYTHON, *PROSE)
    for name, folders in packages.items():
        for folder in folders:
            for path in tree(folder):
                if path.suffix not in left_out:
                    yield f"file {name}/{path.relative_to(folder)}", file_digest(path)


def tree(folder: Path, *, importable: bool = False) -> Iterator[Path]:
    """Yield the files below a folder, through links too, but not those that tools make: hidden folders, compiled code,
    installed libraries, virtual environments, what packaging leaves; `importable` ones only where modules can lie."""
    entered: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in entered or "pyvenv.cfg" in names:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and (name.isidentifier() or not importable)
            and name not in {"__pycache__", "site-packages", "dist-packages", "node_modules"}
            and not name.endswith((".egg-info", ".dist-info"))
        )
        yield from (path for name in sorted(names) if (path := Path(place, name)).is_file())


def named_file(folder: Path, text: str) -> Path | None:
    """Return the file that a text names, seen from a folder, unless it is Python or the kernel's."""
    if not 0 < len(text) < 255 or ("." not in text and "/" not in text) or not text.isprintable():
        return None
    path = folder / text
    try:
        counts = path.is_file() and path.suffix not in PYTHON and not str(path).startswith(_KERNELS)
    except OSError:  # too long for a path
        return None
    return path if counts else None


@cache
def file_digest(path: Path) -> str:
    """Return what tells a file's content from another; raises SwapError where it cannot be read."""
    try:
        told = path.stat()
        if told.st_size > _READ_WHOLE_BYTES:
            return f"{told.st_size} bytes of {told.st_mtime_ns}"
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SwapError(
            f"{path} cannot be read ({error.strerror}), and models may stand on it; make it readable."
        ) from error


def on_disk(path: Path) -> Path:
    """Return the file that a module's path lies in: itself, or the archive that holds it."""
    return next((place for place in (path, *path.parents) if place.is_file()), path)
