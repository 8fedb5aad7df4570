"""Drive: how a vehicle was driven while its bus was recorded, which its payloads tell of.

All is computed in whole numbers: in floating point the last digit differs from machine to machine.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

SECOND = 1_000_000  # microseconds
_TOP = 12_000  # hundredths of km/h
_FASTER = 1_800  # what the speed changes by between two knots, at most
_GEARS = np.array([1, 1_500, 3_000, 5_000, 7_500, 9_500])
_TURNS = np.array([0, 130, 75, 50, 38, 30, 25])  # revolutions a minute for each km/h, by gear
_IDLE = 700
_BRAKES = -600
_STEERS = 2_000
CHANNELS = ("speed", "rpm", "gear", "throttle", "brake", "steering", "warmth")


@dataclass(frozen=True)
class Drive:
    """Speed and steering at knots, between which they change evenly; the rest follows from them.

    Where the engine does not run, nothing moves.
    """

    engine: bool
    knot_us: int
    speeds: Whole
    steerings: Whole

    def at(self, channel: str, times_us: Whole) -> Whole:
        """Return what a channel reads at times (n,) from the recording's begin: speed in hundredths of km/h, rpm, gear
        (0 to 6), throttle (0 to 255), brake (0 or 1), steering (-2000 to 2000) or warmth (degrees Celsius)."""
        if channel == "steering":
            return self._between(self.steerings, times_us)
        if channel == "warmth":
            return np.minimum(90, 40 + times_us // (10 * SECOND)) * self.engine
        speed = self._between(self.speeds, times_us) * self.engine
        if channel == "speed":
            return speed
        gear = np.searchsorted(_GEARS, speed, side="right")
        if channel == "gear":
            return gear
        if channel == "rpm":
            turning: Whole = (_IDLE + speed * _TURNS[gear] // 100) * self.engine
            return turning
        change: Whole = np.diff(self.speeds)[self._knots(times_us)] * self.engine
        if channel == "brake":
            return (change < _BRAKES).astype(np.int64)
        return np.minimum(np.maximum(change // 8, 0), 255)

    def _knots(self, times_us: Whole) -> Whole:
        knots: Whole = np.minimum(times_us // self.knot_us, len(self.speeds) - 2)
        return knots

    def _between(self, values: Whole, times_us: Whole) -> Whole:
        knots = self._knots(times_us)
        passed = np.minimum(times_us - knots * self.knot_us, self.knot_us)
        between: Whole = (values[knots] * (self.knot_us - passed) + values[knots + 1] * passed) // self.knot_us
        return between


def drive(chance: np.random.Generator, engine: bool, seconds: float, knot_us: int = 2 * SECOND) -> Drive:
    """Return a drive of so many seconds at least; a longer one begins with it."""
    knots = int(seconds * SECOND) // knot_us + 2
    steps = chance.integers(-_FASTER, _FASTER + 1, (knots, 2))
    walked = np.cumsum(steps, axis=0)
    begun = int(steps[0, 0]) + _FASTER  # standing or slow
    return Drive(engine, knot_us, _folded(begun + walked[:, 0], _TOP), _folded(walked[:, 1], _STEERS) - _STEERS // 2)


def _folded(values: Whole, top: int) -> Whole:
    """Return values (n,) that turn back at 0 and at the top."""
    turned = values % (2 * top)
    return np.minimum(turned, 2 * top - turned)
