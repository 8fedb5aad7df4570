"""Checkpoints: nested values and tensors in one file, which is read only as it was written.

The file is one of safetensors, whose metadata has all that is no tensor as JSON, and in it the SHA-256 of every byte of
the file, its own place being zeros. It is one entry, for safetensors writes several in an order that it draws.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors import torch as safetensors

from swapbench_models import reading
from swapbench_models.training.error import CheckpointError
from swapbench_models.training.packing import apart, packed, unpacked
from swapbench_models.writing import write

_VERSION = 2
_ZEROS = "0" * 64
_SEAL = re.compile(rb'\\"sha256\\": \\"([^"\\]{64})\\"')


def save(file: Path, values: Mapping[str, Any], stands_on: Mapping[str, str]) -> None:
    """Write values into a file, whole or not at all: dictionaries, lists and tuples of tensors and of JSON's values.

    `stands_on` names what they depend on (configuration, data, code), with a digest of each. Raises TrainingError for a
    value of another type, and FamilyError where the file cannot be written.
    """
    plain, tensors = packed(values)
    told = {"sha256": _ZEROS, "version": _VERSION, "stands_on": dict(stands_on), "values": plain}
    content = safetensors.save(apart(tensors), {"told": json.dumps(told)})
    before, _, after = _sealed(content)
    write(file, b"".join((before, _digest(before, after).encode(), after)))


def read(file: Path, stands_on: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that a file holds, on the processor.

    Raises CheckpointError, which names the file, where it cannot be read, is not as it was written, or stands on
    something else.
    """
    content = _whole(file)
    try:
        told = json.loads(json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])["__metadata__"]["told"])
        _require(file, told, stands_on)
        values: dict[str, Any] = unpacked(told["values"], safetensors.load(content))
    except CheckpointError:
        raise
    except (KeyError, TypeError, AttributeError, ValueError, RecursionError, SafetensorError) as error:
        raise CheckpointError(f"{file}: holds no checkpoint that this version can read ({error}).") from error
    return values


def _whole(file: Path) -> bytes:
    """Return what is in a file; raises CheckpointError where it is not what was written there."""
    try:
        content = reading.read(file, reading.MODEL)
        reading.check_header(content)
        before, digest, after = _sealed(content)
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise CheckpointError(f"{file}: is no checkpoint, or damaged; delete it to train anew.") from error
    if bytes(digest) != _digest(before, after).encode():
        raise CheckpointError(f"{file}: is damaged, for its digest is not that of its bytes; delete it to train anew.")
    return content


def _require(file: Path, told: Mapping[str, Any], stands_on: Mapping[str, str]) -> None:
    """Raise CheckpointError for a file of another version, or one that stands on something else."""
    if told["version"] != _VERSION:
        raise CheckpointError(f"{file}: is of version {told['version']}, and {_VERSION} is read here; train anew.")
    found = told["stands_on"]
    other = [name for name in {**stands_on, **found} if found.get(name) != stands_on.get(name)]
    if other:
        raise CheckpointError(
            f"{file}: was kept by a training with other {' and '.join(other)}; delete it to train anew, or give what "
            "it was trained with."
        )


def _sealed(content: bytes) -> tuple[memoryview, memoryview, memoryview]:
    """Return what is before the digest of a file, the digest, and what is after it; raises ValueError for a file that
    has none in its header."""
    found = _SEAL.search(content, 8, min(8 + int.from_bytes(content[:8], "little"), len(content)))
    if not found:
        raise ValueError("no digest")
    view = memoryview(content)
    return view[: found.start(1)], view[found.start(1) : found.end(1)], view[found.end(1) :]


def _digest(before: memoryview, after: memoryview) -> str:
    digest = hashlib.sha256(before)
    digest.update(_ZEROS.encode())
    digest.update(after)
    return digest.hexdigest()
