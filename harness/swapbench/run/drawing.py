"""Drawing: whether a model draws random numbers, so that under another seed it would be another model."""

import hashlib
from typing import Any

from swapbench.run.backends import imported
from swapbench.run.backends.adapter import Adapter


def state(library: Adapter) -> str:
    """Return a digest of where the generators stand that measured code may draw from without a seed of its own: those
    of a library, and of others that it may have imported besides."""
    return hashlib.sha256(b"".join(one.state() for one in imported(library))).hexdigest()


def has_seed(model: Any) -> bool:
    """Tell whether a model, or a step of a pipeline, has a seed among its parameters, as scikit-learn's have."""
    parameters = getattr(model, "get_params", None)
    try:
        names = parameters() if callable(parameters) else {}
    except Exception:  # a model's own method, which is asked for nothing but its names
        return True  # what cannot be told is not taken for what draws nothing
    return any(str(name).rpartition("__")[2] in ("random_state", "seed") for name in names)
