"""The catalogue: every fault that is known."""

from faults import kills
from faults.fault import Fault

FAULTS: list[Fault] = [*kills.FAULTS]
