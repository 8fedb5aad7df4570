"""Features: the columns of a frame as numbers that a network can take.

Numbers are scaled, truths become 0 and 1, categories become codes: the most frequent is 0, and the last code stands for
every category that was not seen often enough. Within each kind the frame's order of columns is kept.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from swapbench_models import typed
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.model import scalers
from swapbench_models.fingerprint.model.scalers import Scaler

_MOST_DIMENSIONS = 600


@dataclass(frozen=True)
class Rows:
    """n rows as tensors: scaled `numeric` (n, d) and `binary` (n, b) in float32, `codes` (n, c) in int64."""

    numeric: Tensor
    binary: Tensor
    codes: Tensor

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, part: slice) -> "Rows":
        """Return a view of some rows."""
        return Rows(self.numeric[part], self.binary[part], self.codes[part])

    @property
    def columns(self) -> int:
        """The number of features."""
        return self.numeric.shape[-1] + self.binary.shape[-1] + self.codes.shape[-1]

    def batches(self, size: int) -> "list[Rows]":
        """Return views of so many rows each, in order; the last may have fewer."""
        return [self[first : first + size] for first in range(0, len(self), size)]

    def to(self, device: torch.device) -> "Rows":
        return Rows(self.numeric.to(device), self.binary.to(device), self.codes.to(device))


@dataclass(frozen=True)
class Features:
    """What was learned from the frame that a model is trained on.

    `numeric` has the scaler of each number and `means` what stands for one that is missing; `categorical` has the
    categories of each column, the most frequent first, without the one for all others.
    """

    numeric: Mapping[str, Scaler]
    means: Mapping[str, float]
    binary: tuple[str, ...]
    categorical: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        """Raise ValueError for means that are no numbers, and names and categories that are no texts."""
        hints = {"means": Mapping[str, float], "binary": tuple[str, ...], "categorical": Mapping[str, tuple[str, ...]]}
        for name, hint in hints.items():
            if not typed.fits(getattr(self, name), hint):
                raise ValueError(f"{name} is {getattr(self, name)!r:.40}")

    @property
    def names(self) -> tuple[str, ...]:
        """All columns: numbers, then truths, then categories."""
        return (*self.numeric, *self.binary, *self.categorical)

    @property
    def kinds(self) -> tuple[int, int, int]:
        """How many numbers, truths and categories there are."""
        return len(self.numeric), len(self.binary), len(self.categorical)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each category column, the one for all others included."""
        return tuple(len(seen) + 1 for seen in self.categorical.values())

    def encode(self, frame: pl.DataFrame) -> Rows:
        """Return a frame's rows as tensors; raises DataError when a column is missing.

        A number that is missing becomes the mean, a truth false, a category the one for all others.
        """
        missing = [name for name in self.names if name not in frame.columns]
        if missing:
            raise DataError(f"The frame has no column {', '.join(missing)}; the model was trained with it.")
        count = len(frame)
        return Rows(
            _side_by_side([self._scaled(frame[name]) for name in self.numeric], count, np.float32),
            _side_by_side([_truths(frame[name]) for name in self.binary], count, np.float32),
            _side_by_side([_codes(frame[name], seen) for name, seen in self.categorical.items()], count, np.int64),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "numeric": {name: scaler.as_dict() for name, scaler in self.numeric.items()},
            "means": dict(self.means),
            "binary": list(self.binary),
            "categorical": {name: list(seen) for name, seen in self.categorical.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Features":
        """Read what as_dict gave."""
        return cls(
            {name: scalers.scaler(scaler) for name, scaler in values["numeric"].items()},
            dict(values["means"]),
            tuple(values["binary"]),
            {name: tuple(seen) for name, seen in values["categorical"].items()},
        )

    def _scaled(self, column: pl.Series) -> NDArray[np.float64]:
        values = _numbers(column)
        return self.numeric[column.name].scale(np.where(np.isnan(values), self.means[column.name], values))


def learned(frame: pl.DataFrame, scaler: str | Mapping[str, str] = "standard", min_cats: int = 1) -> Features:
    """Return the features of a frame: every column that holds numbers, truths or text.

    `scaler` names one of scalers.RULES for all numbers or one for each (gauss_rank for those it leaves out); categories
    that occur less than `min_cats` times go to the one for all others. Raises DataError when there is no feature.
    """
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    truths = [name for name, kind in frame.schema.items() if kind == pl.Boolean]
    texts = [name for name, kind in frame.schema.items() if kind == pl.String]
    if not (numbers or truths or texts):
        raise DataError(f"None of the columns {', '.join(frame.columns)} holds numbers, truths or text.")
    given = {name: _numbers(frame[name]) for name in numbers}
    values = {name: column[~np.isnan(column)] for name, column in given.items()}
    rules = {name: scaler if isinstance(scaler, str) else scaler.get(name, "gauss_rank") for name in numbers}
    return Features(
        {name: scalers.learned(rules[name], values[name]) for name in numbers},
        {name: float(values[name].mean()) if len(values[name]) else 0.0 for name in numbers},
        tuple(truths),
        {name: _frequent(frame[name], min_cats) for name in texts},
    )


def embedding_dimensions(size: int) -> int:
    """Return how many numbers stand for a category out of `size`. Source: fastai, tabular.model.emb_sz_rule."""
    return min(_MOST_DIMENSIONS, round(1.6 * math.pow(size, 0.56)))


def _side_by_side(columns: Sequence[NDArray[Any]], rows: int, kind: type[np.generic]) -> Tensor:
    made = np.empty((rows, len(columns)), kind)
    for place, column in enumerate(columns):
        made[:, place] = column
    return torch.from_numpy(made)


def _frequent(column: pl.Series, least: int) -> tuple[str, ...]:
    """Return the categories by how often they occur; of equals, the one that comes first in the frame."""
    counts = Counter(category for category in column.to_list() if category is not None)
    return tuple(category for category, count in counts.most_common() if count >= least)


def _numbers(column: pl.Series) -> NDArray[np.float64]:
    """Return values, NaN for those that are missing."""
    return np.asarray(column.to_numpy(), float)


def _truths(column: pl.Series) -> NDArray[Any]:
    return np.array([bool(value) for value in column.to_list()])


def _codes(column: pl.Series, seen: Sequence[str]) -> NDArray[Any]:
    codes = {category: code for code, category in enumerate(seen)}
    others = len(seen)
    return np.array([codes.get(category, others) for category in column.to_list()])
