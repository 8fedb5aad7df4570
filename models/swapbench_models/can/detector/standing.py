"""What the outcome of a training stands on: its configuration, its data and the code, each as a digest."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from swapbench_models.can.detector.distillation import Guidance
from swapbench_models.can.detector.examples import Examples

Array = NDArray[Any]
_MODELS = Path(__file__).parents[2]
_FOLDERS = ("training", "can/windows", "can/graphs", "can/networks", "can/detector")


def standing(configuration: Mapping[str, Any], given: Examples, guidance: Guidance | None) -> dict[str, str]:
    """Return the digests; what a teacher says is data to its student."""
    graphs = given.graphs
    arrays: list[Array] = [getattr(graphs, field.name) for field in fields(graphs)]
    arrays += [given.labels, given.learned, given.judged]
    if guidance is not None:
        arrays += [guidance.logits.numpy(), guidance.means.numpy()]
    return {"configuration": told(configuration), "data": _digest(arrays), "code": code()}


def told(value: Any) -> str:
    """Return the digest of a value of JSON's."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@cache
def code() -> str:
    """Return a digest of the files that decide what is learnt from the same recordings, and of torch's version."""
    files = sorted(file for folder in _FOLDERS for file in (_MODELS / folder).rglob("*.py"))
    read = {str(file.relative_to(_MODELS)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    return told({"files": read, "versions": [torch.__version__, np.__version__]})


def _digest(arrays: Iterable[Array]) -> str:
    found = hashlib.sha256()
    for each in arrays:
        found.update(f"{each.dtype} {each.shape} ".encode() + np.ascontiguousarray(each).data)
    return found.hexdigest()
