"""Files of named arrays (.npz), written and read without pickles; each array carries a CRC that reading checks."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from swapbench_models.neural.error import DataError

Arrays = dict[str, NDArray[Any]]

# What a damaged .npz file raises, depending on which of its bytes are wrong.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError, ValueError)


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays to a file of exactly this name."""
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # no array of ours is called allow_pickle


def load_arrays(path: Path) -> Arrays:
    """Read all arrays of a file; raises DataError when it is missing, damaged, or no .npz file."""
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; give the path of an existing .npz file.")
    try:
        return _read(path)
    except _DAMAGE as error:
        raise DataError(f"{path}: expected a .npz file of plain arrays ({error}); write or fetch it again.") from error


def _read(path: Path) -> Arrays:
    with zipfile.ZipFile(path) as members:
        damaged = members.testzip()
    if damaged is not None:  # told before any of its bytes are believed
        raise zipfile.BadZipFile(f"{damaged} does not match its checksum")
    with path.open("rb") as file:
        return dict(NpzFile(file, allow_pickle=False))
