"""The catalogue: every fault that is known."""

from faults import (
    baselines,
    caches,
    children,
    clocks,
    clusters,
    disks,
    journals,
    kills,
    networks,
    signals,
    stores,
    trainings,
)
from faults.fault import Fault

_MODULES = (kills, clusters, signals, disks, trainings, stores, clocks, children, caches, journals, baselines, networks)
FAULTS: list[Fault] = [fault for module in _MODULES for fault in module.FAULTS]
