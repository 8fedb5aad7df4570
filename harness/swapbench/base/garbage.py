"""Garbage: work on thousands of records that all stay to its end, among which looking for garbage finds none."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def unsearched() -> Iterator[None]:
    """Have nobody look for garbage in a with block: of ten thousand records that would take a quarter of the time."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()
