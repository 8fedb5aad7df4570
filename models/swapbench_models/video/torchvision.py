"""torchvision, which timm needs, beside a torch that it was not built for.

What package indexes have of it is built for CUDA. Beside a torch without, none of its compiled operators are there, and
its import fails where it describes two of them. Declared beforehand they stay without a meaning, and all that is
written in Python works; where the import succeeds by itself, nothing is done.
"""

import importlib
import sys

import torch

_MISSING = "operator torchvision::nms does not exist"
_OPERATORS = ("nms", "qnms")
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def ready() -> None:
    """Import torchvision; raises what its import raises, but for the operators that a torch without CUDA misses."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError as error:
        if _MISSING not in str(error):
            raise
        for name in _OPERATORS:
            torch.library.define(f"torchvision::{name}", _SCHEMA)
        for name in [name for name in sys.modules if name.startswith("torchvision.")]:
            del sys.modules[name]  # what the failed import has left behind
        importlib.import_module("torchvision")
