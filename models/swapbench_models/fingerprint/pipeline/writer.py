"""The writer of detections: to a file, one frame after the other, so that a kill loses none that was written."""

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import polars as pl

from swapbench_models.fingerprint.error import FingerprintError

Form = Literal["csv", "jsonl", "parquet"]
_FORMS: dict[str, Form] = {".csv": "csv", ".jsonl": "jsonl", ".json": "jsonl", ".parquet": "parquet"}
_THERE = "{} is there already{}; give --overwrite to replace it, or another name with --output."


@dataclass
class Writer:
    """Writes rows to a file in the form that its ending says (.csv, .jsonl, .parquet).

    Raises FingerprintError, before anything is written, when the file is there and is not to be overwritten, cannot be
    written, or has another ending. Each frame is on disk when `write` returns: CSV and JSON lines in the file, Parquet,
    which has its directory at its end, as a part of its own in the folder `NAME.parts` until the writer is closed.

    With `fixed_columns` those of the first frame count: others that come later are left out and counted in `left_out`.
    Without, JSON lines have each row's own, CSV and Parquet those of all.
    """

    path: Path
    overwrite: bool = False
    fixed_columns: bool = True
    rows: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    _columns: list[str] = field(default_factory=list)
    _parts: int = 0

    def __post_init__(self) -> None:
        if self.path.suffix not in _FORMS:
            raise FingerprintError(f"{self.path}: write to a file that ends in {', '.join(_FORMS)}.")
        self._form = _FORMS[self.path.suffix]
        self._folder = self.path.with_name(f"{self.path.name}.parts")
        for place in (self.path, self._folder):
            if place.exists() and not self.overwrite:
                killed = "" if place == self.path else ", with what a run had found when it was killed"
                raise FingerprintError(_THERE.format(place, killed))
        there = self.path.exists()
        try:
            with self.path.open("ab"):  # a place that cannot be written to is told before any work, not after it
                pass
            if not there:
                self.path.unlink()
        except OSError as error:
            raise FingerprintError(f"{self.path} cannot be written: {error.strerror or error}.") from error

    def write(self, rows: pl.DataFrame) -> None:
        """Append rows; columns that came before and this frame has not are empty."""
        first = not self._columns
        if first:
            self._columns = rows.columns
        new = [name for name in rows.columns if name not in self._columns]
        try:
            if self._form == "parquet":
                self._part(self._fitted(rows, new))
            elif self._form == "jsonl" and not self.fixed_columns:
                self._append(rows, first)
            elif new and not self.fixed_columns:
                self._widen(new)
                self._append(rows.with_columns(self._missing(rows)).select(self._columns), False)
            else:
                self._append(self._fitted(rows, new), first)
        except OSError as error:
            raise FingerprintError(
                f"{self.path}: {len(rows)} detections could not be written: {error.strerror or error}."
            ) from error
        self.rows += len(rows)

    def close(self, ended: bool = True) -> None:
        """Bring the file into the state that its rows say: parts become one file, and of a run that ended without any
        row there is no file, also where a former run's was to be overwritten."""
        if self._parts:
            self._join()
        elif ended and not self.rows and self.path.is_file() and not self.path.is_symlink():
            self.path.unlink()
        if self._form == "parquet":
            self._clear()

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close(ended=kind is None)

    def _fitted(self, rows: pl.DataFrame, new: list[str]) -> pl.DataFrame:
        if not self.fixed_columns:
            return rows
        self.left_out.update(dict.fromkeys(new, len(rows)))
        return rows.with_columns(self._missing(rows)).select(self._columns)

    def _missing(self, rows: pl.DataFrame) -> list[pl.Expr]:
        return [pl.lit(None).alias(name) for name in self._columns if name not in rows.columns]

    def _append(self, rows: pl.DataFrame, first: bool) -> None:
        with self.path.open("wb" if first else "ab") as file:
            whole = file.tell()
            try:
                if self._form == "csv":
                    rows.write_csv(file, include_header=first)
                else:
                    rows.write_ndjson(file)
                file.flush()
            except OSError:
                with suppress(OSError):  # what is not a file on a disk cannot be cut
                    os.truncate(self.path, whole)  # half a row helps nobody
                raise

    def _widen(self, new: list[str]) -> None:
        """Give the rows that are in the file columns that come only now."""
        self._columns += new
        written = pl.read_csv(self.path, infer_schema=False)
        temporary = self.path.with_name(f"{self.path.name}.tmp")
        written.with_columns(self._missing(written)).select(self._columns).write_csv(temporary)
        temporary.replace(self.path)

    def _part(self, rows: pl.DataFrame) -> None:
        if not self._parts:
            self._clear()
            self._folder.mkdir()
        temporary = self._folder / "part.tmp"
        rows.write_parquet(temporary)
        temporary.replace(self._folder / f"{self._parts:08d}.parquet")
        self._parts += 1

    def _join(self) -> None:
        temporary = self._folder / "whole.tmp"
        parts = sorted(self._folder.glob("*.parquet"))
        pl.concat([pl.scan_parquet(part) for part in parts], how="diagonal_relaxed").sink_parquet(temporary)
        temporary.replace(self.path)

    def _clear(self) -> None:
        if self._folder.is_dir():
            for part in self._folder.iterdir():
                part.unlink()
            self._folder.rmdir()
