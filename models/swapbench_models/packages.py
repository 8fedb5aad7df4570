"""Packages of others, as they are published, in a folder of their own that no other interpreter sees."""

import subprocess
import sys
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path

from swapbench_models.error import FamilyError

# These versions and checksums, and nothing that they ask for: what is needed of it is in the list.
_OPTIONS = ("--no-deps", "--require-hashes", "--disable-pip-version-check", "--retries", "1")
_BUILT = ("--only-binary", ":all:")


def install(folder: Path, asked: Traversable, called: str, *, source: bool = False) -> None:
    """Have pip fetch a list of packages into a folder, built ones, or such too as are published as `source` alone.

    Raises FamilyError, which says what they are `called`, with pip's own reason, where it cannot.
    """
    with as_file(asked) as file:
        how = _OPTIONS if source else (*_OPTIONS, *_BUILT)
        command = [sys.executable, "-m", "pip", "install", *how, "--target", str(folder), "-r", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise FamilyError(
            f"{called} packages cannot be installed ({said[-1] if said else 'pip said nothing'}); "
            "give pip a way to the package index."
        )
