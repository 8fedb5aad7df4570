"""Detections: the rows that a model finds unusual, made ready for whoever reads them."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import polars as pl

from models.fingerprint.error import DataError, FingerprintError

Form = Literal["csv", "jsonl", "parquet"]
_FORMS: dict[str, Form] = {".csv": "csv", ".jsonl": "jsonl", ".json": "jsonl", ".parquet": "parquet"}


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


@dataclass
class Writer:
    """Writes rows to a file, one frame after the other, in the form that its ending says (.csv, .jsonl, .parquet).

    Raises FingerprintError, before anything is written, when the file is there and is not to be overwritten, or has
    another ending. CSV and JSON lines are on disk after each frame; Parquet when the writer is closed.
    """

    path: Path
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.path.suffix not in _FORMS:
            raise FingerprintError(f"{self.path}: write to a file that ends in {', '.join(_FORMS)}.")
        if self.path.exists() and not self.overwrite:
            raise FingerprintError(
                f"{self.path} is there already; say that it is to be overwritten, or choose another."
            )
        self._form = _FORMS[self.path.suffix]
        self._columns: list[str] | None = None
        self._waiting: list[pl.DataFrame] = []
        self.rows = 0

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows; columns that the first frame did not have are left out, those that it had and this has not are
        empty."""
        first = self._columns is None
        self._columns = rows.columns if self._columns is None else self._columns
        missing = [pl.lit(None).alias(name) for name in self._columns if name not in rows.columns]
        rows = rows.with_columns(missing).select(self._columns)
        self.rows += len(rows)
        if self._form == "parquet":
            self._waiting.append(rows)
            return
        with self.path.open("wb" if first else "ab") as file:
            whole = file.tell()
            try:
                if self._form == "csv":
                    rows.write_csv(file, include_header=first)
                else:
                    rows.write_ndjson(file)
                file.flush()
            except OSError as error:
                with suppress(OSError):  # what is not a file on a disk cannot be cut
                    os.truncate(self.path, whole)  # half a row helps nobody
                raise FingerprintError(f"{self.path}: {len(rows)} detections could not be written: {error}") from error

    def close(self) -> None:
        """Write what waits."""
        if self._waiting:
            pl.concat(self._waiting, how="vertical_relaxed").write_parquet(self.path)
            self._waiting = []

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
