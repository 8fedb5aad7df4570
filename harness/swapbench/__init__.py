"""swapbench's instrument: it declares, runs, records, judges and shows comparisons of models it knows nothing about.

Commands import it before they run pytest, which rewrites the assertions of plugins and warns of one that is imported
already; there are none here to rewrite: PYTEST_DONT_REWRITE.
"""

from swapbench.base.error import SwapError
from swapbench.plan.backend import Backend
from swapbench.plan.metric import Metric
from swapbench.plan.suite import FIT, PREDICT, Dataset, Model, Phase, Profile, Suite
from swapbench.run.backends import BACKENDS
from swapbench.run.backends.adapter import Adapter
from swapbench.run.backends.device import Device

__all__ = [
    "BACKENDS",
    "FIT",
    "PREDICT",
    "Adapter",
    "Backend",
    "Dataset",
    "Device",
    "Metric",
    "Model",
    "Phase",
    "Profile",
    "Suite",
    "SwapError",
]
