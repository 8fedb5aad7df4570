"""Memory: how many clips a model is given at a time where memory is dear, and how many batches make a step."""

from collections.abc import Mapping
from typing import TypedDict

from swapbench_models.video.error import VideoError


class Memory(TypedDict):
    """Clips in a batch, batches a step, and threads that read the batches that come next."""

    batch_size: int
    gradient_accumulation: int
    num_workers: int


# As the description of these seven models has it; profile paper trains so.
MEMORY: Mapping[str, Memory] = {
    "logistic_regression": {"batch_size": 64, "gradient_accumulation": 1, "num_workers": 2},
    "svm": {"batch_size": 64, "gradient_accumulation": 1, "num_workers": 2},
    "naive_cnn": {"batch_size": 16, "gradient_accumulation": 1, "num_workers": 2},
    "vit_gru": {"batch_size": 4, "gradient_accumulation": 4, "num_workers": 1},
    "vit_transformer": {"batch_size": 2, "gradient_accumulation": 8, "num_workers": 1},
    "slowfast": {"batch_size": 2, "gradient_accumulation": 8, "num_workers": 1},
    "x3d": {"batch_size": 4, "gradient_accumulation": 4, "num_workers": 1},
}


def memory(name: str) -> Memory:
    """Return a model's configuration; raises VideoError for a name that has none: no other's would do."""
    if name not in MEMORY:
        raise VideoError(f"There is no memory configuration for {name!r}; known are {', '.join(MEMORY)}.")
    return MEMORY[name]
