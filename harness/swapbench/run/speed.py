"""Speed: whether a processor runs at its own pace.

A neighbour on the same physical core, in another virtual machine, slows it by half and shows in none of the system's
counters. A piece of work of known pace does show it.
"""

import time

_WORK = range(2_000)
_CALIBRATION_S = 0.02
_SLOW = 1.15


class Pace:
    """The pace of this process's processor; `fastest_s` is the best time that the piece of work was seen to take."""

    def __init__(self) -> None:
        """Find the best time, over 20 milliseconds; a forked child keeps that of its parent."""
        end = time.perf_counter() + _CALIBRATION_S
        self.fastest_s = _probe()
        while time.perf_counter() < end:
            self.fastest_s = min(self.fastest_s, _probe())

    def slowdown(self) -> float:
        """Return how many times its best the piece of work takes now: the best of five, some 0.1 milliseconds."""
        return min(_probe() for _ in range(5)) / self.fastest_s


def slow(before: float, after: float) -> bool:
    """Tell whether a section was slowed from its beginning to its end, so that not even its best call is trusted."""
    return min(before, after) > _SLOW


def _probe() -> float:
    began = time.perf_counter()
    sum(_WORK)
    return time.perf_counter() - began
