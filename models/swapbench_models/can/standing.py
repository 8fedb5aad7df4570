"""Standing: what the outcome of a training stands on, configuration, data and code, each as a digest."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.code import code


def standing(configuration: Mapping[str, Any], data: Iterable[NDArray[Any]]) -> dict[str, str]:
    """Return the digests of JSON's values, of arrays in their order, and of all code that decides what is learnt."""
    found = hashlib.sha256()
    for each in data:
        found.update(f"{each.dtype} {each.shape} ".encode() + np.ascontiguousarray(each).data)
    return {"configuration": told(configuration), "data": found.hexdigest(), "code": code()}


def told(value: Any) -> str:
    """Return the digest of a value of JSON's."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
