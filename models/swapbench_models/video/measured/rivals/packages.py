"""Packages: PyTorchVideo, as it is published, with what it needs beside torch."""

from importlib.resources import files

from swapbench_models.packages import Packages


def packages() -> Packages:
    """Return them as a model on which others stand; half of them are published as source alone."""
    return Packages(files(__package__).joinpath("packages.txt"), "PyTorchVideo's", source=True)
