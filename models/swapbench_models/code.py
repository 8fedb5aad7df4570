"""Code: a digest of all that decides what a family learns from the same data."""

import hashlib
import json
from collections.abc import Collection, Iterable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_MODELS = Path(__file__).parent


def digest(family: str, beside: Collection[str], libraries: Iterable[str], models: Path = _MODELS) -> str:
    """Return a digest of a family's files and those of training, but for what lies in folders `beside` learning, and of
    the versions of the libraries that compute ("" for one that is not installed)."""
    files = [*(models / "training").rglob("*.py"), *(models / family).rglob("*.py")]
    kept = sorted(file for file in files if not {*beside} & set(file.relative_to(models).parts))
    read = {str(file.relative_to(models)): hashlib.sha256(file.read_bytes()).hexdigest() for file in kept}
    told = {"files": read, "versions": {name: _version(name) for name in libraries}}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@cache
def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
