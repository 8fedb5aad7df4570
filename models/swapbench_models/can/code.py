"""Code: a digest of all that decides what is learnt from the same recordings."""

from functools import cache
from pathlib import Path

from swapbench_models.code import digest

_MODELS = Path(__file__).parents[1]
# These show what was learnt, and measure it.
_BESIDE = {"command", "compared", "measured"}
_LIBRARIES = ("numpy", "python-can", "safetensors", "scikit-learn", "torch")


@cache
def code(models: Path = _MODELS) -> str:
    """Return a digest of the family's files, those of training, and the versions of the libraries that compute."""
    return digest("can", _BESIDE, _LIBRARIES, models)
