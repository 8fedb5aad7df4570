"""What suites name of the five networks.

What they import late is imported here: whoever forks a child for each measurement has it once for all of them.
"""

import importlib
from typing import Any

import sklearn.model_selection  # noqa: F401  # a child has it from its server

from swapbench_models.video.classifier import network  # noqa: F401  # a child has it from its server
from swapbench_models.video.classifier.create import classifier
from swapbench_models.video.measured.estimator import Estimator
from swapbench_models.video.torchvision import ready

ready()
importlib.import_module("timm")


def estimator(model: str, profile: str = "quick", seed: int = 0, **training: Any) -> Estimator:
    """Return a model by its name; raises VideoError for what is not known.

    It runs out of memory but once: whoever measures it tries again with a smaller batch, so that what failed is in no
    time and the record tells of it.
    """
    return Estimator(classifier(model, profile=profile, seed=seed, **training, retries=0))
