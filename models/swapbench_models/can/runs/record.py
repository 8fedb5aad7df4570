"""Record: what a model was trained on and came to, kept beside it and believed only as it was written."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from swapbench_models import sealed, typed
from swapbench_models.can.error import CanError

_VERSION = 1
_CONFIGURED = {"row", "profile", "seed", "architecture"}


@dataclass(frozen=True)
class Record:
    """A trained model: of which data set, by which name and row, in which configuration, on what recordings in words,
    and a digest of each thing that it stands on, and of its own file.

    `windows`, `positives` of them with an attack, were learned from in `fit_s` seconds, or with what an earlier process
    had done where the training was `resumed`. `openings` tells of the recordings that were learned from whether they
    begin as rows need that compare with that. `run` says when the run began, in seconds since 1970, that was to train
    anew what is there, and is 0 where none was. `scores` are by scenario: what came of judging, or why nothing did.
    """

    dataset: str
    model: str
    row: str
    configuration: Mapping[str, Any]
    recordings: str
    stands_on: Mapping[str, str]
    content: str
    windows: int
    positives: int
    parameters: int
    threshold: float
    attempts: list[Mapping[str, Any]]
    fit_s: float = 0.0
    resumed: bool = False
    openings: Mapping[str, Any] = field(default_factory=dict)
    run: float = 0.0
    scores: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def write(self, file: Path) -> None:
        """Write it; raises FamilyError where it cannot be written."""
        sealed.write(file, {"version": _VERSION, **asdict(self)})


def read(file: Path) -> Record | None:
    """Return what a file says, or None where there is none; raises FamilyError for one that is not as it was written,
    or is another version's."""
    told = sealed.read(file)
    if told is None:
        return None
    if told.pop("version", None) != _VERSION:
        raise CanError(f"{file}: is of another version; train with --force-retrain.")
    try:
        found = typed.made(Record, told)
    except ValueError as error:
        raise CanError(f"{file}: is no record of a model ({error}); train with --force-retrain.") from error
    if _CONFIGURED - found.configuration.keys():
        raise CanError(f"{file}: does not say how its model was configured; train with --force-retrain.")
    return found


def digest(file: Path) -> str:
    """Return a digest of what is in a file; raises CanError where it cannot be read."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise CanError(f"{file}: cannot be read ({error.strerror}).") from error
