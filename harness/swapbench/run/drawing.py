"""Drawing: whether a model draws random numbers, so that under another seed it would be another model."""

import hashlib
import random
import sys
from typing import Any


def state() -> str:
    """Return a digest of where the generators stand that measured code may draw from without a seed of its own."""
    import numpy as np

    numbers = np.random.get_state(legacy=False)["state"]
    parts = [repr(random.getstate()).encode(), numbers["key"].tobytes(), str(numbers["pos"]).encode()]
    torch = sys.modules.get("torch")  # whoever has not imported it cannot have drawn from it
    if torch is not None:
        parts.append(torch.get_rng_state().numpy().tobytes())
    return hashlib.sha256(b"".join(parts)).hexdigest()


def has_seed(model: Any) -> bool:
    """Tell whether a model, or a step of a pipeline, has a seed among its parameters, as scikit-learn's have."""
    parameters = getattr(model, "get_params", None)
    try:
        names = parameters() if callable(parameters) else {}
    except Exception:  # a model's own method, which is asked for nothing but its names
        return True  # what cannot be told is not taken for what draws nothing
    return any(str(name).rpartition("__")[2] in ("random_state", "seed") for name in names)
