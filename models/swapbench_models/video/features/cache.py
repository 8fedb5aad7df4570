"""Cache: the features of clips that were made already, by what is in their files and not by what these are called.

A folder of one small file a clip. Processes share it: two that begin at once both make the features, and write the
same.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swapbench_models import reading, typed
from swapbench_models.video.error import VideoError
from swapbench_models.video.features.extract import Features, of_clip
from swapbench_models.video.features.table import FEATURE_VERSION, NAMES
from swapbench_models.video.reading.content import State, check_unchanged, digest, state
from swapbench_models.writing import write


@dataclass(frozen=True)
class Cache:
    """Features made of so many frames of each clip, for blocks of this side, kept in a folder, which is made."""

    folder: Path
    frames: int = 8
    block: int = 8

    def features(self, path: str | Path) -> Features:
        """Return the numbers named in NAMES, made by `of_clip` where they are not kept, or what is kept is damaged.

        Raises VideoError, which names the file, where the clip cannot be read, or changes meanwhile, and FamilyError
        where the features cannot be kept.
        """
        path = Path(path)
        before = state(path)
        place = self._place(path)
        kept = _kept(place)
        return self._made(path, before, place) if kept is None else kept

    def anew(self, path: str | Path) -> Features:
        """Return the same, made in any case, for whoever asks how long it takes; it is kept where it was not."""
        path = Path(path)
        before = state(path)
        place = self._place(path)
        if _kept(place) is None:
            return self._made(path, before, place)
        return of_clip(path, self.frames, self.block)

    def _made(self, path: Path, before: State, place: Path) -> Features:
        made = of_clip(path, self.frames, self.block)
        check_unchanged(path, before)
        _keep(place, made)
        return made

    def _place(self, path: Path) -> Path:
        return self.folder / f"{self._key(path)}.json"

    def _key(self, path: Path) -> str:
        asked = {"content": digest(path), "frames": self.frames, "block": self.block, "version": FEATURE_VERSION}
        return _digest(json.dumps(asked, sort_keys=True))


def _keep(place: Path, features: Features) -> None:
    body = json.dumps(dict(zip(NAMES, features.tolist(), strict=True)))
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VideoError(f"{place.parent}: cannot be made ({error.strerror}); give another folder.") from error
    write(place, f"{_digest(body)}\n{body}\n".encode())


def _kept(place: Path) -> Features | None:
    """Return what is kept, or None where nothing is, or something else than was written."""
    try:
        digest, _, body = reading.read(place).decode().removesuffix("\n").partition("\n")
        found = reading.values(body) if digest == _digest(body) else None
    except (OSError, ValueError):
        return None
    if not isinstance(found, dict) or tuple(found) != NAMES or not typed.fits(list(found.values()), list[float]):
        return None
    return np.array([found[name] for name in NAMES])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
