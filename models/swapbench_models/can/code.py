"""Code: a digest of all that decides what is learnt from the same recordings."""

import hashlib
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_MODELS = Path(__file__).parents[1]
# These show what was learnt, and measure it.
_BESIDE = {"command", "compared", "measured"}
_LIBRARIES = ("numpy", "python-can", "safetensors", "scikit-learn", "torch", "torch_geometric")


@cache
def code(models: Path = _MODELS) -> str:
    """Return a digest of the family's files, those of training, and the versions of the libraries that compute."""
    files = [*(models / "training").rglob("*.py"), *(models / "can").rglob("*.py")]
    kept = sorted(file for file in files if not _BESIDE & set(file.relative_to(models).parts))
    read = {str(file.relative_to(models)): hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}
    told = {"files": read, "versions": {name: _version(name) for name in _LIBRARIES}}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
