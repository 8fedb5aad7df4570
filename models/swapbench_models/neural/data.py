"""Pictures of handwritten digits: those that come with scikit-learn, and MNIST from its files.

Both are X, float32 in [0, 1] of shape (n, 28, 28, 1), and y, int64 labels 0 to 9.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural.arrays import load_arrays
from swapbench_models.neural.error import DataError
from swapbench_models.neural.idx import read_idx
from swapbench_models.neural.images import CLASSES, IMAGE, Images, Labels

_ARCHIVE = "mnist.npz"
_PARTS = ("train", "t10k")
_SOURCES = f"{_ARCHIVE}, or the four files {{train,t10k}}-{{images-idx3,labels-idx1}}-ubyte, plain or .gz"

Part = tuple[NDArray[Any], NDArray[Any]]


def digits() -> tuple[Images, Labels]:
    """Return scikit-learn's 1,797 scans of 8 x 8, enlarged to 28 x 28 by bilinear interpolation."""
    from sklearn.datasets import load_digits

    scans, labels = load_digits(return_X_y=True)
    enlarged = _enlarged(_enlarged(scans.reshape(-1, 8, 8) / 16, 1), 2)
    return enlarged.astype(np.float32)[..., None], labels.astype(np.int64)


def mnist(data_dir: str | Path) -> tuple[Images, Labels]:
    """Return MNIST (or any set in its format) from a folder, the training part first, then the test part.

    The folder holds mnist.npz as Keras offers it, or the four original files. Raises DataError when a file is missing
    or not what it must be; nothing is downloaded and nothing takes the place of a file.
    """
    folder = Path(data_dir)
    parts = _from_archive(folder / _ARCHIVE) if (folder / _ARCHIVE).exists() else _from_idx(folder)
    images, labels = (np.concatenate(arrays) for arrays in zip(*parts, strict=True))
    return np.divide(images, 255, dtype=np.float32)[..., None], labels.astype(np.int64)


def _from_archive(path: Path) -> list[Part]:
    arrays = load_arrays(path)
    names = [(f"x_{part}", f"y_{part}") for part in ("train", "test")]
    missing = [name for pair in names for name in pair if name not in arrays]
    if missing:
        raise DataError(f"{path}: expected an array {missing[0]}, found {', '.join(arrays)}; fetch the file again.")
    return [_checked(arrays[x], arrays[y], f"{path}, {x}", f"{path}, {y}") for x, y in names]


def _from_idx(folder: Path) -> list[Part]:
    parts = []
    for part in _PARTS:
        images, labels = _file(folder, f"{part}-images-idx3-ubyte"), _file(folder, f"{part}-labels-idx1-ubyte")
        parts.append(_checked(read_idx(images, 3), read_idx(labels, 1), str(images), str(labels)))
    return parts


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"{folder / name}: there is no such file; put MNIST into {folder}: {_SOURCES}.")


def _checked(images: NDArray[Any], labels: NDArray[Any], images_name: str, labels_name: str) -> Part:
    """Return the part, once it is known to consist of labelled pictures; raises DataError when it does not."""
    side = IMAGE[0]
    if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (side, side) or not len(images):
        raise DataError(
            f"{images_name}: expected pictures of {side} x {side} bytes, "
            f"found {images.dtype} of shape {images.shape}; this is not MNIST: fetch the file again."
        )
    if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
        raise DataError(
            f"{labels_name}: expected {len(images)} whole numbers, one for each picture of {images_name}, "
            f"found {labels.dtype} of shape {labels.shape}; fetch both files again."
        )
    wrong = labels[(labels < 0) | (labels >= CLASSES)]
    if len(wrong):
        raise DataError(f"{labels_name}: expected labels 0 to {CLASSES - 1}, found {wrong[0]}; fetch the file again.")
    return images, labels


def _enlarged(pictures: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
    """Stretch one axis to 28, each new pixel a mixture of the two whose centres it lies between.

    Only additions and products of single numbers, no matrix products: the bits are the same on every machine.
    """
    old, new = pictures.shape[axis], IMAGE[0]
    place = np.clip((np.arange(new) + 0.5) * (old / new) - 0.5, 0, old - 1)
    lower = np.minimum(place.astype(np.intp), old - 2)
    share = np.expand_dims(place - lower, tuple(range(1, pictures.ndim - axis)))
    enlarged: NDArray[np.float64] = pictures.take(lower, axis) * (1 - share) + pictures.take(lower + 1, axis) * share
    return enlarged
