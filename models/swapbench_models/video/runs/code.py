"""Code: a digest of all that decides what is learnt from the same clips."""

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from swapbench_models.video.runs.sealed import digest

_MODELS = Path(__file__).parents[2]
# These show what was learnt, and measure it.
_BESIDE = {"command", "measured"}
_LIBRARIES = ("av", "numpy", "pillow", "safetensors", "scikit-learn", "scipy", "timm", "torch", "torchvision")


def code() -> str:
    """Return a digest of the family's files, those of training, and the versions of the libraries that compute."""
    files = [*(_MODELS / "training").rglob("*.py"), *(_MODELS / "video").rglob("*.py")]
    kept = sorted(file for file in files if not _BESIDE & set(file.relative_to(_MODELS).parts))
    read = {str(file.relative_to(_MODELS)): hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}
    return digest({"files": read, "versions": {name: _version(name) for name in _LIBRARIES}})


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
