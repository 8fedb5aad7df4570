"""Packages of others, as they are published, in a folder of their own that no other interpreter sees."""

import subprocess
import sys
from dataclasses import dataclass
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Self

from swapbench_models.error import FamilyError

# These versions and checksums, and nothing that they ask for: what is needed of it is in the list.
_OPTIONS = ("--no-deps", "--require-hashes", "--disable-pip-version-check", "--retries", "1")
_BUILT = ("--only-binary", ":all:")


@dataclass(frozen=True)
class Packages:
    """A list of packages, built ones, or such too as are published as `source` alone, and what they are `called`.

    It is a model on which others stand as well: once, off the clock, and kept as a fitted model is.
    """

    asked: Traversable
    called: str
    source: bool = False

    def install(self, folder: Path) -> None:
        """Have pip fetch them into a folder; raises FamilyError with pip's own reason where it cannot."""
        with as_file(self.asked) as file:
            how = _OPTIONS if self.source else (*_OPTIONS, *_BUILT)
            command = [sys.executable, "-m", "pip", "install", *how, "--target", str(folder), "-r", str(file)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()
            raise FamilyError(
                f"{self.called} packages cannot be installed ({said[-1] if said else 'pip said nothing'}); "
                "give pip a way to the package index."
            )

    def fit(self, X: Any, y: Any) -> Self:
        """Learn nothing."""
        return self

    def save_fitted(self, path: Path) -> None:
        """Install them there."""
        self.install(path)

    def load_fitted(self, path: Path) -> None:
        """Leave them where they are, for whoever needs them is handed the folder."""
