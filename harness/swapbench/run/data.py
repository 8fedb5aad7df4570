"""Data: brings a suite's datasets into the cache, and checks what their loaders return."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from swapbench.base.error import SwapError
from swapbench.plan.code import code_of
from swapbench.plan.suite import Dataset
from swapbench.plan.target import resolve
from swapbench.run.cache import Cache, checksum, digest, files_digest, read_description, write_arrays
from swapbench.run.reads import noted, unchanged

if TYPE_CHECKING:
    from swapbench.run.cache import Arrays


def data_folder(data_dir: str, name: str) -> str:
    """Return where the files of dataset `name` lie: its own folder in the data folder when there is one."""
    own = Path(data_dir) / name
    return str(own if own.is_dir() else Path(data_dir))


def data_key(name: str, dataset: Dataset, data_dir: str | None) -> str:
    """Return the name of the cache entry: a digest of the loader, all it stands on, and the files it reads."""
    stands_on: dict[str, Any] = {
        "loader": dataset.loader,
        "version": dataset.version,
        "options": dict(dataset.options),
        "code": code_of(dataset.loader).digest,
    }
    if dataset.reads_files and data_dir is not None:
        stands_on["files"] = files_digest(data_folder(data_dir, name))
    return f"data-{digest(stands_on)[:32]}"


def prepare(name: str, dataset: Dataset, data_dir: str | None, cache_folder: Path, key: str) -> None:
    """Load a dataset into the cache unless it is there; raises SwapError for data that cannot be used."""

    def build(folder: Path) -> None:
        with noted() as read:
            arrays = _load(name, dataset, data_dir)
        found = checksum(arrays)
        if dataset.sha256 is not None and found != dataset.sha256:
            raise SwapError(
                f"dataset {name}: the data has checksum {found}, declared is {dataset.sha256}; "
                "restore the data, or declare the new version with its checksum."
            )
        write_arrays(folder, arrays, read)

    Cache(cache_folder).make(key, build)


def up_to_date(entry: Path) -> bool:
    """Tell whether the files that an entry's loader opened are what they were: no key knows all that it reads."""
    return unchanged(read_description(entry).get("read", {}))


def _load(name: str, dataset: Dataset, data_dir: str | None) -> "Arrays":
    import numpy as np

    options = dict(dataset.options)
    if dataset.reads_files and data_dir is not None:
        options["data_dir"] = data_folder(data_dir, name)
    try:
        loaded = resolve(dataset.loader)(**options)
    except Exception as error:
        raise SwapError(f"dataset {name}: {dataset.loader} could not load it: {_in_words(error)}") from error
    parts = loaded if isinstance(loaded, tuple) else ()
    if len(parts) not in (2, 3):
        raise SwapError(f"dataset {name}: {dataset.loader} must return X, y or X, y, groups.")
    arrays = {key: np.asarray(part) for key, part in zip(("X", "y", "groups"), parts, strict=False)}
    for key, array in arrays.items():
        if array.dtype.hasobject:
            raise SwapError(f"dataset {name}: {key} holds Python objects; return arrays of numbers or of text.")
        if array.shape[:1] != arrays["X"].shape[:1]:
            raise SwapError(f"dataset {name}: X has {len(arrays['X'])} examples, {key} has shape {array.shape}.")
    return arrays


def _in_words(error: Exception) -> str:
    return str(error) or type(error).__name__
