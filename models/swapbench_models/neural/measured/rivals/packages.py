"""Packages: the reference, as it is published, in a folder of its own that no other interpreter sees."""

from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from swapbench_models import packages

_ASKED = "packages.txt"


def install(folder: Path) -> None:
    """Have pip fetch the packages into a folder; raises FamilyError with pip's own reason where it cannot."""
    packages.install(folder, files(__package__).joinpath(_ASKED), "The reference's")


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
