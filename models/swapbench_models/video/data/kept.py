"""Kept: arrays on disk that were made already, in a folder that does not grow without end.

A file is an array (.npy) and a digest of it. Processes share the folder: two that begin at once both make an array, and
write the same.
"""

import hashlib
import io
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models import npz, reading
from swapbench_models.video.error import VideoError
from swapbench_models.writing import write

Array = NDArray[Any]

_DIGEST = hashlib.sha256().digest_size
# How much this process may have added before it looks what others did meanwhile, as a share of what is allowed.
_UNSEEN = 1 / 16


@dataclass
class Kept:
    """Arrays by name in a folder, which is made, of at most so many bytes.

    Those that have not been used since this began make room, the oldest first. What has been used stays, for it will be
    used again in the next epoch: where there is no room left, the rest are made each time.
    """

    folder: Path
    most_bytes: int
    _begun: float = field(default_factory=time.time, init=False)
    _room: int = field(default=0, init=False)
    _full: bool = field(default=False, init=False)

    def get(self, name: str, make: Callable[[], Array]) -> Array:
        """Return an array, made where it is not kept or what is kept is damaged.

        Raises whatever making it does, and FamilyError where it cannot be kept.
        """
        place = self.folder / f"{name}.npy"
        found = self._read(place)
        if found is None:
            found = make()
            self._write(place, found)
        return found

    def _read(self, place: Path) -> Array | None:
        try:
            content = reading.read(place, reading.MODEL)
            if hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
                return None
        except OSError:
            return None
        with suppress(OSError):  # a folder of somebody else's can be read all the same
            if place.stat().st_mtime < self._begun:
                os.utime(place)  # in use again
        try:
            return npz.array(content[:-_DIGEST])
        except npz.DAMAGE:
            return None

    def _write(self, place: Path, array: Array) -> None:
        file = io.BytesIO()
        np.save(file, array)
        content = file.getvalue() + hashlib.sha256(file.getvalue()).digest()
        if self._has_room(len(content)):
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise VideoError(f"{self.folder}: cannot be made ({error.strerror}); give another folder.") from error
            write(place, content)

    def _has_room(self, wanted: int) -> bool:
        if wanted > self.most_bytes:
            return False
        if self._room < wanted and not self._full:
            # Room for many at once: to look through a folder of thousands for each would take longer than to make it.
            several = max(wanted, int(self.most_bytes * _UNSEEN))
            room = self._make_room(several)
            self._full = room < wanted  # and stays so: all that is left is in use
            self._room = min(room, several)
        if self._room < wanted:
            return False
        self._room -= wanted
        return True

    def _make_room(self, wanted: int) -> int:
        """Return how many bytes may be added, after files that are no longer used have been removed if need be."""
        files = sorted(_files(self.folder))
        room = self.most_bytes - sum(size for _, size, _ in files)
        for used, size, file in files:
            if room >= wanted or used >= self._begun:
                break
            file.unlink(missing_ok=True)
            room += size
        return room


def _files(folder: Path) -> list[tuple[float, int, Path]]:
    """Return when each file was last used, its size and itself."""
    found = []
    for file in folder.glob("*.npy"):
        try:
            state = file.stat()
        except OSError:  # another process has made room, or it leads nowhere
            continue
        found.append((state.st_mtime, state.st_size, file))
    return found
