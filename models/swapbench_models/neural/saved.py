"""A trained network as a folder: its text, its weights, and with what it was trained."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from swapbench_models.neural.error import DataError, NeuralError
from swapbench_models.neural.text_classifier import TextClassifier
from swapbench_models.writing import write

TEXT, WEIGHTS, TOLD = "network.neural", "weights.npz", "network.json"
_VERSION = 1
_LARGEST = 1 << 20


def save(folder: Path, text: str, classifier: TextClassifier, training: Mapping[str, Any]) -> None:
    """Write what was trained into a folder; `training` says of each option of the command with what."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as beside:
        classifier.save_fitted(Path(beside) / WEIGHTS)
        weights = (Path(beside) / WEIGHTS).read_bytes()
    told = {
        "version": _VERSION,
        "network": classifier.checked.network.name,
        "backend": classifier.backend,
        "training": dict(training),
        "text_sha256": _digest(text.encode()),
        "weights_sha256": _digest(weights),
    }
    write(folder / WEIGHTS, weights)
    write(folder / TEXT, text.encode())
    write(folder / TOLD, f"{json.dumps(told, indent=2)}\n".encode())


def load(folder: Path, text: str, classifier: TextClassifier, training: Mapping[str, Any]) -> None:
    """Let a classifier take over what a folder holds.

    Raises DataError where that is damaged, or another text's, and NeuralError where it was trained otherwise: what it
    is scored on then may be what it has learnt.
    """
    told = _read(folder / TOLD)
    if told["text_sha256"] != _digest(text.encode()) or told["network"] != classifier.checked.network.name:
        raise DataError(f"{folder}: holds what was trained of another text; give {folder / TEXT} to run.")
    for option, value in training.items():
        before = told["training"].get(option)
        if before != value:
            raise NeuralError(f"{folder}: was trained with --{option} {before}, and not {value}; say the same.")
    weights = folder / WEIGHTS
    if not weights.is_file() or _digest(weights.read_bytes()) != told["weights_sha256"]:
        raise DataError(f"{weights}: is not what was saved there; train it again.")
    classifier.load_fitted(weights)


def _read(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            told = json.loads(stream.read(_LARGEST))
    except OSError as error:
        raise DataError(f"{file}: cannot be read ({error.strerror}); give a folder of run --save.") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{file}: is no JSON; give a folder of run --save.") from error
    kinds = {"version": int, "network": str, "training": dict, "text_sha256": str, "weights_sha256": str}
    if not isinstance(told, dict) or not all(isinstance(told.get(name), kind) for name, kind in kinds.items()):
        raise DataError(f"{file}: does not say what was trained; give a folder of run --save.")
    if told["version"] != _VERSION:
        raise DataError(f"{file}: is of version {told['version']!r:.20}, and {_VERSION} is read here; train it again.")
    return told


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
