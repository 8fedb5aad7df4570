"""Description: what a run's folder is of, so that nothing is gone on with that stands on something else."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from swapbench_models import sealed, typed
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest
from swapbench_models.video.runs.clips import Clips, read_clips
from swapbench_models.video.runs.configuration import Configuration, read
from swapbench_models.video.runs.folder import Folder
from swapbench_models.video.runs.scores import positive

_VERSION = 1


@dataclass(frozen=True)
class Description:
    """A run's configuration, the table of its clips and what classes are called there, by what folds are alike, the
    content of clips that cannot be read and are left out, and a digest of each thing that results stand on."""

    configuration: Configuration
    table: str
    classes: tuple[str, ...]
    strata: str
    unreadable: tuple[str, ...]
    stands_on: Mapping[str, str]

    def write(self, folder: Folder, clips: bytes) -> None:
        """Write it, with a digest of what is in the table of its clips, and which class scores are of."""
        told = {**asdict(self), "configuration": self.configuration.told(), "positive": positive(self.classes)}
        content = hashlib.sha256(clips).hexdigest()
        sealed.write(folder.description, {"version": _VERSION, **told, "clips": content})


def described(folder: Folder) -> Description | None:
    """Return the description of a folder, or None where it has none; raises FamilyError for a damaged one."""
    told = _told(folder)
    return None if told is None else _description(folder, told)


def run_in(folder: Folder) -> tuple[Description, Clips]:
    """Return what is in a folder, and its clips; raises VideoError where there is no run, or its clips were edited."""
    told = _told(folder)
    if told is None:
        raise VideoError(f"{folder.root}: holds no run; train one with --out {folder.root}.")
    if not folder.clips.exists() or digest(folder.clips) != told.clips:
        raise VideoError(f"{folder.clips}: is not as it was written; train again as before, which writes it anew.")
    return _description(folder, told), read_clips(folder.clips)


@dataclass(frozen=True)
class _Told:
    """What is in the file of a description."""

    version: int
    configuration: Mapping[str, Any]
    table: str
    classes: tuple[str, ...]
    strata: str
    unreadable: tuple[str, ...]
    stands_on: Mapping[str, str]
    positive: str | None
    clips: str


def _told(folder: Folder) -> _Told | None:
    found = sealed.read(folder.description)
    if found is None:
        return None
    if found.get("version") != _VERSION:
        raise VideoError(f"{folder.description}: is of version {found.get('version')}, and {_VERSION} is read here.")
    try:
        return typed.made(_Told, found)
    except ValueError as error:
        raise VideoError(f"{folder.description}: describes no run that this version knows ({error}).") from error


def _description(folder: Folder, told: _Told) -> Description:
    configuration = read(told.configuration, folder.description)
    lists = {"classes": tuple(told.classes), "unreadable": tuple(told.unreadable)}
    return Description(configuration, told.table, strata=told.strata, stands_on=told.stands_on, **lists)
