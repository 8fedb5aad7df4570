"""A trained network as a folder: its text, its weights, and with what it was trained."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from swapbench_models import reading
from swapbench_models.neural.error import DataError, NeuralError
from swapbench_models.neural.text_classifier import TextClassifier
from swapbench_models.writing import write

TEXT, WEIGHTS, TOLD = "network.neural", "weights.npz", "network.json"
_VERSION = 1
_LARGEST = 1 << 20


def prepare(folder: Path, force: bool) -> None:
    """Make the folder before anything is trained for it.

    Raises NeuralError where that cannot be, and, unless `force` is said, where it holds something else than what
    `save` has written and nobody has changed since.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=folder):
            pass
    except OSError as error:
        raise NeuralError(
            f"{folder}: cannot be written to ({error.strerror or error}); give another folder."
        ) from error
    if not force and any(folder.iterdir()) and not _ours(folder):
        told = "holds what `run --save` has not written, or somebody has changed since"
        raise NeuralError(f"{folder}: {told}; give another folder, or say --force to write over it.")


def _ours(folder: Path) -> bool:
    if {file.name for file in folder.iterdir()} != {TEXT, WEIGHTS, TOLD}:
        return False
    try:
        told = _read(folder / TOLD)
    except DataError:
        return False
    kept = {TEXT: told["text_sha256"], WEIGHTS: told["weights_sha256"]}
    return all(_digest((folder / name).read_bytes()) == digest for name, digest in kept.items())


@dataclass(frozen=True)
class Lesson:
    """With what a network was trained: the options of the command that say which examples, by their names, and the
    examples' digest."""

    options: Mapping[str, Any]
    data_sha256: str

    @classmethod
    def of(cls, options: Mapping[str, Any], X: NDArray[Any], y: NDArray[Any]) -> Self:
        """Return the lesson of examples and of the options that choose among them."""
        digest = hashlib.sha256(np.ascontiguousarray(X).data)
        digest.update(np.ascontiguousarray(y).data)
        return cls(options, digest.hexdigest())


def save(folder: Path, text: str, classifier: TextClassifier, lesson: Lesson) -> None:
    """Write what was trained into a folder that is there."""
    with TemporaryDirectory() as beside:
        classifier.save_fitted(Path(beside) / WEIGHTS)
        weights = (Path(beside) / WEIGHTS).read_bytes()
    told = {
        "version": _VERSION,
        "network": classifier.checked.network.name,
        "backend": classifier.backend,
        "training": dict(lesson.options),
        "data_sha256": lesson.data_sha256,
        "text_sha256": _digest(text.encode()),
        "weights_sha256": _digest(weights),
    }
    write(folder / WEIGHTS, weights)
    write(folder / TEXT, text.encode())
    write(folder / TOLD, f"{json.dumps(told, indent=2)}\n".encode())


def load(folder: Path, text: str, classifier: TextClassifier, lesson: Lesson) -> None:
    """Let a classifier take over what a folder holds.

    Raises DataError where that is damaged, or another text's, and NeuralError where it was trained otherwise: what it
    is scored on then may be what it has learnt.
    """
    told = _read(folder / TOLD)
    if told["text_sha256"] != _digest(text.encode()) or told["network"] != classifier.checked.network.name:
        raise DataError(f"{folder}: holds what was trained of another text; give {folder / TEXT} to run.")
    for name, value in lesson.options.items():
        before = told["training"].get(name)
        if before != value:
            raise NeuralError(f"{folder}: was trained with {name} {before}, and not {value}; say --{name} {before}.")
    if told["data_sha256"] != lesson.data_sha256:
        raise NeuralError(f"{folder}: was trained with other examples, of which some may be scored here; give those.")
    weights = folder / WEIGHTS
    try:
        intact = _digest(reading.read(weights, reading.MODEL)) == told["weights_sha256"]
    except OSError:
        intact = False
    if not intact:
        raise DataError(f"{weights}: is not what was saved there; train it again.")
    classifier.load_fitted(weights)


def _read(file: Path) -> dict[str, Any]:
    try:
        told = reading.values(reading.read(file, _LARGEST))
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}); give a folder of run --save.") from error
    except ValueError as error:
        raise DataError(f"{file}: is no JSON; give a folder of run --save.") from error
    kinds = {
        "version": int,
        "network": str,
        "training": dict,
        "text_sha256": str,
        "weights_sha256": str,
        "data_sha256": str,
    }
    if not isinstance(told, dict) or not all(isinstance(told.get(name), kind) for name, kind in kinds.items()):
        raise DataError(f"{file}: does not say what was trained; give a folder of run --save.")
    if told["version"] != _VERSION:
        raise DataError(f"{file}: is of version {told['version']!r:.20}, and {_VERSION} is read here; train it again.")
    return told


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
