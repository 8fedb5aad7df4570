"""Data sets by name: what a network is trained on and scored with by the command."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models.neural import data
from swapbench_models.neural.catalogue import DATASETS
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.fault import nearest
from swapbench_models.neural.scaling import Scale, as_it_is, by_columns

Examples = tuple[NDArray[np.float32], NDArray[np.int64]]


def load(name: str, folder: str | Path | None = None) -> Examples:
    """Return inputs and labels of a data set; raises NeuralError for an unknown one, or where its files are wrong.

    `digits` are scikit-learn's, enlarged to 28 x 28; `mnist` is read from `folder`; `iris`, `wine` and `breast_cancer`
    are scikit-learn's tables, in their own units: `scale` says how a network is given them.
    """
    if name.lower() not in DATASETS:
        near = nearest(name, DATASETS) or "."
        raise NeuralError(f"There is no data set {name!r}; known are {', '.join(DATASETS)}{near}")
    if name.lower() == "mnist":
        if folder is None:
            raise NeuralError("mnist is read from files: say --data DIR, the folder that holds them.")
        return data.mnist(folder)
    if folder is not None:
        raise NeuralError(f"{name} comes with scikit-learn and has no files; leave --data out.")
    return data.digits() if name.lower() == "digits" else _table(name.lower())


def scale(name: str) -> Scale:
    """Return how the examples of a data set are scaled: pictures are in [0, 1] as they are, tables column by column."""
    return as_it_is if name.lower() in {"digits", "mnist"} else by_columns


def _table(name: str) -> Examples:
    from sklearn import datasets

    load = {"iris": datasets.load_iris, "wine": datasets.load_wine, "breast_cancer": datasets.load_breast_cancer}[name]
    X, y = load(return_X_y=True)
    return X.astype(np.float32), y.astype(np.int64)
