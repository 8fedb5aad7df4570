"""What suites name of the models that are trained by steps.

What they import late is imported here: whoever forks a child for each measurement has it once for all of them.
"""

from pathlib import Path
from typing import Any

import torch._dynamo  # noqa: F401  # which torch's first optimizer imports

from swapbench_models.can.catalogue import OPENING_S
from swapbench_models.can.detector import create, fusion, source, timing
from swapbench_models.can.measured.estimator import Estimator


def graph(model: str, profile: str = "quick", seed: int = 0, teacher: Path | None = None, **options: Any) -> Estimator:
    """Return a teacher or a student by its name; `teacher` is the folder in which a student's lies.

    It runs out of memory but once: whoever measures it tries again with a smaller batch, so that what failed is in no
    time and the record tells of it.
    """
    on = None if teacher is None else teacher / "model"
    return Estimator(create.detector(model, profile=profile, seed=seed, teacher=on, retries=0, **options))


def fused(kind: Any, teacher: Path, student: Path, profile: str = "quick", seed: int = 0, **options: Any) -> Estimator:
    """Return a fusion of a kind over a teacher and its student, which lie in these folders."""
    asked: dict[str, Any] = {"profile": profile, "seed": seed}
    taught = create.detector("student", teacher=teacher / "model", **asked)
    first = source.loaded("teacher", create.detector("teacher", **asked), teacher / "model")
    second = source.loaded("student", taught, student / "model")
    return Estimator(fusion.fusion(kind, first=first, second=second, **asked, **options))


def timed(profile: str = "quick", seed: int = 0, **options: Any) -> Estimator:
    """Return the detector that knows time and no identifiers; it runs out of memory as `graph` does."""
    asked: dict[str, Any] = {"opening_s": OPENING_S[profile], "retries": 0, **options}
    return Estimator(timing.Timing(profile=profile, seed=seed, **asked))
