"""Marks: as a plugin of pytest, when the first cell of a run began and the last one ended."""

import time

# The readings of the monotonic clock and of this process's own processor time, in seconds.
marks: dict[str, tuple[float, float]] = {}


def pytest_runtest_logstart() -> None:
    """Note when the first cell begins: by then all is planned."""
    if "planned" not in marks:
        mark("planned")


def pytest_runtest_logfinish() -> None:
    """Note when the last cell ended, as far as is known by now."""
    mark("measured")


def mark(name: str) -> None:
    marks[name] = (time.monotonic(), time.process_time())
