"""Files of named arrays (.npz), written and read without pickles; each array carries a CRC that reading checks."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models import npz, reading
from swapbench_models.neural.error import DataError

Arrays = dict[str, NDArray[Any]]


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write named arrays to a file of exactly this name."""
    with path.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]  # no array of ours is called allow_pickle


def load_arrays(path: Path) -> Arrays:
    """Read all arrays of a file; raises DataError when it is missing, damaged, or no .npz file."""
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; give the path of an existing .npz file.")
    try:
        return npz.arrays(reading.read(path, reading.MODEL))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: expected a .npz file of plain arrays ({error}); write or fetch it again.") from error
