"""Description: what a run's folder is of, so that nothing is gone on with that stands on something else."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from swapbench_models import sealed
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest
from swapbench_models.video.runs.clips import Clips, read_clips
from swapbench_models.video.runs.configuration import Configuration
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
    told = sealed.read(folder.description)
    return None if told is None else _description(folder, told)


def run_in(folder: Folder) -> tuple[Description, Clips]:
    """Return what is in a folder, and its clips; raises VideoError where there is no run, or its clips were edited."""
    told = sealed.read(folder.description)
    if told is None:
        raise VideoError(f"{folder.root}: holds no run; train one with --out {folder.root}.")
    if not folder.clips.exists() or digest(folder.clips) != told["clips"]:
        raise VideoError(f"{folder.clips}: is not as it was written; train again as before, which writes it anew.")
    return _description(folder, told), read_clips(folder.clips)


def _description(folder: Folder, told: Mapping[str, Any]) -> Description:
    if told["version"] != _VERSION:
        raise VideoError(f"{folder.description}: is of version {told['version']}, and {_VERSION} is read here.")
    lists = {name: tuple(told[name]) for name in ("classes", "unreadable")}
    configuration = Configuration(**told["configuration"])
    return Description(configuration, told["table"], strata=told["strata"], stands_on=told["stands_on"], **lists)
