"""Sealed: JSON in a file with a digest of all it says, so that it is read only as it was written."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from swapbench_models import reading
from swapbench_models.error import FamilyError
from swapbench_models.writing import write as write_file

_SEAL = "sha256"


def write(file: Path, values: Mapping[str, Any]) -> None:
    """Write JSON's values, whole or not at all; raises FamilyError where they cannot be written."""
    write_file(file, f"{json.dumps({_SEAL: digest(values), **values}, indent=1)}\n".encode())


def read(file: Path) -> dict[str, Any] | None:
    """Return the values of a file, or None where there is none; raises FamilyError for one that is not as written."""
    try:
        values = reading.values(reading.read(file))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise FamilyError(f"{file}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise FamilyError(f"{file}: is damaged ({error}).") from error
    if not isinstance(values, dict) or values.pop(_SEAL, None) != digest(values):
        raise FamilyError(f"{file}: is damaged, or was edited.")
    return values


def digest(values: Any) -> str:
    """Return the SHA-256 of JSON's values, whatever order their keys have."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
