"""The cache: data and fitted models that are made once per machine and named by what determines them.

Whoever comes first builds an entry under its lock, in a folder of its own that is renamed into place when complete;
the others wait for the lock and open the result memory-mapped. A builder that is killed leaves only that folder,
which the next builder removes. A finished entry is sealed with the checksums of its files.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any

from swapbench.base import content
from swapbench.base.error import SwapError
from swapbench.base.lock import locked
from swapbench.base.waiting import Waiting, silently

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Arrays = Mapping[str, NDArray[Any]]


_UNFINISHED = ".unfinished"
_SEAL = "seal.json"
_DESCRIPTION = "description.json"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MOST_BYTES = 1 << 26  # of a seal or a description
_DESCRIBED = {"sha256": str, "arrays": dict}
# What numpy raises of a file that is no array, depending on which of its bytes are wrong.
_NO_ARRAY = (
    *(OSError, ValueError, EOFError, TypeError, KeyError, SyntaxError, OverflowError, RecursionError, TokenError),
)


def digest(value: Any) -> str:
    """Return the SHA-256 of a JSON value, independent of the order of keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Entry:
    """A finished entry: its key, its size in bytes, and when it was last asked for, in seconds since 1970."""

    key: str
    size_bytes: int
    used: float


class Cache:
    """A folder of finished entries, one folder each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def entry(self, key: str) -> Path:
        return self.folder / key

    def has(self, key: str) -> bool:
        """Tell whether the entry of `key` is there; having been asked for keeps it from being cleared away as old."""
        with self._usable(), suppress(FileNotFoundError):
            os.utime(self.entry(key))
            return True
        return False

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Raise SwapError for what keeps this user from the folder."""
        try:
            yield
        except OSError as error:
            raise SwapError(
                f"The cache {self.folder} cannot be used ({error.strerror}); remove what is there, or name another "
                "folder with --swap-store."
            ) from error

    def _without_room(self, error: OSError) -> SwapError:
        why = error.strerror or str(error)
        return SwapError(
            f"The cache {self.folder} takes no more ({why}); make room there, or name another folder with --swap-store."
        )

    def sound(self, key: str, holds: Callable[[Path], bool] = lambda _: True) -> bool:
        """Tell whether the entry of `key` is there, as it was sealed, and still `holds`; one that does not is removed,
        to be made anew."""
        if not self.has(key):
            return False
        if _intact(self.entry(key)) and holds(self.entry(key)):
            return True
        with locked(self.folder / f"{key}.lock"):  # somebody may have made it anew meanwhile
            if self.has(key) and not (_intact(self.entry(key)) and holds(self.entry(key))):
                self._clear_away(key)
        return False

    def whole(self, key: str) -> Path:
        """Return the entry of `key` for reading; raises SwapError when it is not there, or not as it was sealed."""
        if not self.has(key) or not _seen_intact(self.entry(key)):
            raise SwapError(
                f"{self.entry(key)} is not what it was when it was made; whoever is handed it may only read it."
            )
        return self.entry(key)

    def entries(self) -> list[Entry]:
        """Return all finished entries, in the order of their keys; no folder that somebody else has put here."""
        folders = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return [
            Entry(folder.name, sum(file.stat().st_size for file in folder.rglob("*")), folder.stat().st_mtime)
            for folder in folders
            if folder.is_dir() and folder.with_name(f"{folder.name}.lock").is_file()
        ]

    def remove(self, keys: Iterable[str]) -> None:
        """Remove entries; one that somebody is reading stays readable to him, for the files it has open stay."""
        for key in keys:
            with locked(self.folder / f"{key}.lock"):
                if self.entry(key).exists():
                    self._clear_away(key)

    def _clear_away(self, key: str) -> None:
        unfinished = self.folder / f"{key}{_UNFINISHED}"
        with self._usable():
            self.entry(key).rename(unfinished)  # at once; no reader sees a half of it
            shutil.rmtree(unfinished)

    def make(self, key: str, build: Callable[[Path], None], waiting: Waiting = silently) -> Path:
        """Return the entry of `key`, calling `build(folder)` for it when nobody has yet."""
        with self.building(key, waiting) as folder:
            if folder is not None:
                build(folder)
        return self.entry(key)

    @contextmanager
    def building(self, key: str, waiting: Waiting = silently) -> Iterator[Path | None]:
        """Hold the lock of `key` and yield a folder to fill, or None when the entry is there already; of `waiting`, see
        base.lock.locked."""
        with self._usable():
            self.folder.mkdir(parents=True, exist_ok=True)
        with locked(self.folder / f"{key}.lock", waiting=waiting):
            if self.has(key):
                yield None
                return
            unfinished = self.folder / f"{key}{_UNFINISHED}"
            shutil.rmtree(unfinished, ignore_errors=True)
            with self._usable():
                unfinished.mkdir()
            try:
                yield unfinished
                _seal(unfinished)
                for path in unfinished.rglob("*"):
                    _sync(path)
                unfinished.rename(self.entry(key))
            except BaseException as error:
                shutil.rmtree(unfinished, ignore_errors=True)  # a full disk must not stay full of what nobody can use
                if isinstance(error, OSError) and _is_without_room(error):
                    raise self._without_room(error) from error
                raise
            _sync(self.folder)


def _seal(entry: Path) -> None:
    (entry / _SEAL).write_text(json.dumps(contents(entry)))


def _is_without_room(error: OSError) -> bool:
    """Tell whether it is what a full disk makes of writing; numpy says without a number that it wrote a part."""
    return error.errno in _NO_ROOM or (type(error) is OSError and error.errno is None)


def _intact(entry: Path) -> bool:
    """Tell whether an entry's files are those that it was sealed with, and no others: what loads it may read all."""
    try:
        return bool(content.values(content.text(entry / _SEAL, _MOST_BYTES)) == contents(entry))
    except (OSError, ValueError):
        return False


def seal_of(entry: Path) -> str | None:
    """Return what tells a finished entry from any other of its key, by its seal alone; None where there is none."""
    try:
        return hashlib.sha256((entry / _SEAL).read_bytes()).hexdigest()
    except OSError:
        return None


def stamp(entry: Path) -> tuple[tuple[str, int, int], ...] | None:
    """Return what tells an entry from what it is when a file of it was changed, without reading it; None: not there."""
    if not entry.is_dir():
        return None
    told = ((path, path.lstat()) for path in sorted(entry.rglob("*")))
    return tuple((str(path), status.st_size, status.st_ctime_ns) for path, status in told)


@cache
def _seen_intact(entry: Path) -> bool:
    """Tell it once for a process: a round may bring a hundred models from one entry."""
    return _intact(entry)


def contents(entry: Path) -> dict[str, str]:
    """Return the checksum of each file of an entry, the seal left out, and none of what is no file and no folder."""
    found = {}
    for path in sorted(entry.rglob("*")):
        if path.is_file() and path != entry / _SEAL:
            with path.open("rb") as file:
                found[str(path.relative_to(entry))] = hashlib.file_digest(file, "sha256").hexdigest()
        elif not path.is_dir() and path != entry / _SEAL:
            found[str(path.relative_to(entry))] = ""
    return found


@cache
def files_digest(folder: str) -> str:
    """Return the SHA-256 over name, size and times of change of every file under a data folder, as this process first
    found it: the folder may be large, and all cells of a run stand on the same data."""
    root = Path(folder)
    whole = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            told = path.stat()  # the time of the last change to the file itself cannot be set back
            whole.update(f"{path.relative_to(root)}\0{told.st_size} {told.st_mtime_ns} {told.st_ctime_ns}\0".encode())
    return whole.hexdigest()


def write_arrays(folder: Path, arrays: "Arrays", read: Mapping[str, str] | None = None) -> None:
    """Store arrays as .npy files, with a description, the checksum of their contents, and the files that were `read`
    to make them."""
    import numpy as np

    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)
    described = {name: {"shape": list(array.shape), "dtype": array.dtype.str} for name, array in arrays.items()}
    description = {"sha256": checksum(arrays), "arrays": described, "read": dict(read or {})}
    (folder / _DESCRIPTION).write_text(json.dumps(description))


def read_arrays(entry: Path) -> "Arrays":
    """Open the arrays of an entry memory-mapped; raises SwapError when a file is not what its description says."""
    import numpy as np

    arrays = {}
    for name, described in read_description(entry)["arrays"].items():
        path = entry / f"{name}.npy"
        try:
            if path.name != f"{name}.npy" or not path.is_file():
                raise _damaged(entry)
            if _shape(path) != described["shape"]:
                raise _damaged(entry)
            arrays[name] = np.load(path, mmap_mode="r", allow_pickle=False)
        except _NO_ARRAY as error:
            raise _damaged(entry) from error
        if {"shape": list(arrays[name].shape), "dtype": arrays[name].dtype.str} != described:
            raise _damaged(entry)
    return arrays


def unread(entry: Path) -> None:
    """Let the description of arrays name no files that were read to make them."""
    (entry / _DESCRIPTION).write_text(json.dumps({**read_description(entry), "read": {}}))


def _shape(path: Path) -> list[int]:
    """Return the shape that a file says its array has; raises ValueError for one that no array has, of which numpy
    would divide by zero, and take the process with it."""
    from numpy.lib import format as forms

    with path.open("rb") as file:
        # A header of version 3 is one of version 2 in which names are UTF-8.
        read = forms.read_array_header_1_0 if forms.read_magic(file) == (1, 0) else forms.read_array_header_2_0
        try:
            shape, _, _ = read(file)
        except MemoryError as error:  # what Python's parser says of brackets in brackets
            raise ValueError("its header is no header") from error
    if min(shape, default=0) < 0:
        raise ValueError(f"an array of shape {shape}")
    return list(shape)


def read_description(entry: Path) -> dict[str, Any]:
    """Return what an entry says of its arrays; raises SwapError where it says nothing of the kind."""
    try:
        found = content.values(content.text(entry / _DESCRIPTION, _MOST_BYTES))
    except (OSError, ValueError) as error:
        raise _damaged(entry) from error
    if not isinstance(found, dict) or not all(isinstance(found.get(name), kind) for name, kind in _DESCRIBED.items()):
        raise _damaged(entry)
    return found


def checksum(arrays: "Arrays") -> str:
    """Return the SHA-256 over names, types, shapes and contents of arrays."""
    import numpy as np

    total = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        total.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hexdigest()


def _damaged(entry: Path) -> SwapError:
    return SwapError(f"The prepared data in {entry} is damaged; remove that folder and run again.")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
