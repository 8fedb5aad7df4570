"""swapbench's instrument: it declares, runs, records, judges and shows comparisons of models it knows nothing about."""

from harness.plan.backend import BACKENDS, Backend
from harness.plan.error import SwapError
from harness.plan.metric import Metric
from harness.plan.suite import FIT, PREDICT, Dataset, Model, Phase, Profile, Suite

__all__ = [
    "BACKENDS",
    "FIT",
    "PREDICT",
    "Backend",
    "Dataset",
    "Metric",
    "Model",
    "Phase",
    "Profile",
    "Suite",
    "SwapError",
]
