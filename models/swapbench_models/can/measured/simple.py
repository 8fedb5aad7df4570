"""What suites name of the rows that are no networks.

What they import late is imported here: whoever forks a child for each measurement has it once for all of them.
"""

import sklearn.ensemble
import sklearn.linear_model
import sklearn.preprocessing  # noqa: F401  # a child has it from its server

from swapbench_models.can.create import create
from swapbench_models.can.measured.estimator import Estimator


def row(model: str, profile: str = "quick", seed: int = 0) -> Estimator:
    """Return a row by its name in the catalogue."""
    return Estimator(create(model, profile=profile, seed=seed))
