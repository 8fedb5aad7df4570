"""Packages: the reference, as it is published, in a folder of its own that no other interpreter sees."""

import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import Any, Self

from swapbench_models.neural.error import NeuralError

_ASKED = "packages.txt"
# Wheels alone, of these versions and checksums, and nothing that they ask for: what they need of it is in the list.
_OPTIONS = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--disable-pip-version-check", "--retries", "1")


def install(folder: Path) -> None:
    """Have pip fetch the packages into a folder; raises NeuralError with pip's own reason where it cannot."""
    with resources.as_file(resources.files(__package__).joinpath(_ASKED)) as asked:
        command = [sys.executable, "-m", "pip", "install", *_OPTIONS, "--target", str(folder), "-r", str(asked)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
        raise NeuralError(
            f"The reference's packages cannot be installed ({said[-1] if said else 'pip said nothing'}); "
            "give pip a way to the package index."
        )


class Packages:
    """The packages as a model on which others stand: once, off the clock, and kept as a fitted model is."""

    def fit(self, X: Any, y: Any) -> Self:
        """Learn nothing."""
        return self

    def save_fitted(self, path: Path) -> None:
        """Install them there."""
        install(path)

    def load_fitted(self, path: Path) -> None:
        """Leave them where they are, for whoever needs them is handed the folder."""
