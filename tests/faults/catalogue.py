"""The catalogue: every fault that is known."""

from faults import kills, signals
from faults.fault import Fault

FAULTS: list[Fault] = [*kills.FAULTS, *signals.FAULTS]
