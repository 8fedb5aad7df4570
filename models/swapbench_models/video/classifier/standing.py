"""What the outcome of a training stands on: its configuration, its data and the code, each as a digest."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.classifier.examples import Examples
from swapbench_models.video.code import code
from swapbench_models.video.reading.content import digest


def standing(configuration: Mapping[str, Any], examples: Examples, parts: Sequence[NDArray[np.intp]]) -> dict[str, str]:
    """Return the digests; of clips counts what is in their files and not what these are called."""
    contents = [digest(Path(path)) for path in examples.paths]
    data = [[(contents[at], int(examples.y[at])) for at in part.tolist()] for part in parts]
    return {"configuration": told(configuration), "data": told(data), "code": code()}


def told(value: Any) -> str:
    """Return the digest of a value of JSON's."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
