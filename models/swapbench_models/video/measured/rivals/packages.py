"""PyTorchVideo, as it is published, with what it needs beside torch, in a folder of its own."""

from importlib.resources import files
from pathlib import Path

from swapbench_models import packages

_ASKED = "packages.txt"


def install(folder: Path) -> None:
    """Have pip fetch the packages into a folder; raises FamilyError with pip's own reason where it cannot.

    Half of them are published as source alone.
    """
    packages.install(folder, files(__package__).joinpath(_ASKED), "PyTorchVideo's", source=True)
