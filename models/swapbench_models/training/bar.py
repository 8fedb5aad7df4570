"""A bar that shows on a terminal how far an epoch is."""

from collections.abc import Iterable
from typing import TypeVar

from tqdm import tqdm

Batch = TypeVar("Batch")


def bar(batches: Iterable[Batch], told: str, unit: str = "batch") -> Iterable[Batch]:
    """Yield batches, or what the unit names, and show beside what is told how many were; nothing where errors are not
    shown on a terminal."""
    return tqdm(batches, told, leave=False, disable=None, unit=unit)
