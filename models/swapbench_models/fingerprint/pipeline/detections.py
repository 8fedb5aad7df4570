"""Detections: the rows that a model finds unusual, made ready for whoever reads them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import numpy as np
import polars as pl

from swapbench_models.fingerprint.error import DataError


@dataclass(frozen=True)
class Unusual:
    """Which rows of a model's results are detections: those whose score is above `threshold`.

    The score is `column`; from the source `tensor` it is a row of several, `column` naming what they are of each
    feature (`z_loss`, `loss`), and one above is enough. With `slices` each run of rows that follow one another is a
    frame of its own, else all are one.
    """

    threshold: float = 2.0
    column: str = "mean_abs_z"
    source: Literal["column", "tensor"] = "column"
    slices: bool = False

    def of(self, rows: pl.DataFrame) -> list[pl.DataFrame]:
        """Return the frames of detections, none of them empty; raises DataError when there is no such score."""
        if self.source == "column":
            kept = above(rows.with_row_index(_PLACE), self.threshold, self.column)
        else:
            kept = rows.with_row_index(_PLACE).filter(over(tensor(rows, self.column), self.threshold))
        if not len(kept):
            return []
        if not self.slices:
            return [kept.drop(_PLACE)]
        gap = kept[_PLACE].cast(pl.Int64).diff().fill_null(1) != 1
        runs = kept.with_columns(gap.cast(pl.Int64).cum_sum().alias(_RUN)).partition_by(_RUN, maintain_order=True)
        return [run.drop(_PLACE, _RUN) for run in runs]


_PLACE, _RUN = "__place", "__run"


def tensor(rows: pl.DataFrame, field: str) -> np.ndarray[Any, Any]:
    """Return what the results say of each feature as an array (rows, features); raises DataError when they do not."""
    names = [name for name in rows.columns if name.endswith(f"_{field}")]
    if not names:
        raise DataError(f"There is no column that ends in _{field} to filter by; there are {', '.join(rows.columns)}.")
    return rows.select(names).to_numpy()


def over(scores: np.ndarray[Any, Any], threshold: float) -> pl.Series:
    """Return which rows of scores (n,) or (n, k) are above a threshold in any place; equal is not above."""
    found = scores > threshold
    return pl.Series(found if found.ndim == 1 else found.any(axis=1), dtype=pl.Boolean)


def above(rows: pl.DataFrame, threshold: float = 2.0, column: str = "mean_abs_z") -> pl.DataFrame:
    """Return the rows whose score is above a threshold; equal is not above, and what is no number is not either."""
    if column not in rows.columns:
        raise DataError(f"There is no column {column} to filter by; there are {', '.join(rows.columns)}.")
    return rows.filter(pl.col(column).is_not_nan() & (pl.col(column) > threshold))


def stamped(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with `event_time`, the time of their detection, now, in UTC."""
    return rows.with_columns(event_time=pl.lit(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")))


def chosen(rows: pl.DataFrame, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> pl.DataFrame:
    """Return the columns whose names begin with a match of one of the patterns to include (none: all) and with none of
    those to exclude."""
    wanted = [name for name in rows.columns if not include or any(re.match(pattern, name) for pattern in include)]
    return rows.select([name for name in wanted if not any(re.match(pattern, name) for pattern in exclude)])
