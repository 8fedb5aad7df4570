"""Packages: the reference, as it is published, and what it needs."""

from importlib.resources import files

from swapbench_models.packages import Packages


def packages() -> Packages:
    """Return them as a model on which others stand."""
    return Packages(files(__package__).joinpath("packages.txt"), "The reference's")
