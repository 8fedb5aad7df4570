"""Readers: files, wherever they lie, as source columns.

A file is JSON (an array of objects), JSON lines, CSV or Parquet; fsspec opens it, so it may be a path or a URL.
"""

import hashlib
import io
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import fsspec
import polars as pl
from polars.exceptions import PolarsError

from models.fingerprint.error import DataError
from models.fingerprint.messages import Format
from models.fingerprint.schema import Schema, Sourced


@dataclass(frozen=True)
class Reading:
    """What came of some files: their source columns by time, how many rows each truth left open and how many were
    dropped for want of a time or a user; the files that could not be read, and those that could not be kept in the
    cache, with the reasons."""

    frame: pl.DataFrame
    dropped: int = 0
    unknown: Mapping[str, int] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)
    uncached: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reader:
    """Reads files by a schema; with a `cache` folder, each file's columns are kept there under a name that digests the
    file's identity, the schema and the format."""

    schema: Schema
    format: Format = "auto"
    cache: Path | None = None

    def read(self, names: Sequence[str]) -> Reading:
        """Return what is in the files; raises DataError, naming each, when not one can be read."""
        read: list[Sourced] = []
        bad: dict[str, str] = {}
        uncached: dict[str, str] = {}
        for name in names:
            try:
                read.append(self._sourced(name, uncached))
            except (DataError, PolarsError, OSError, ValueError) as error:
                bad[name] = str(error).partition("\n")[0]
        if not read:
            raise DataError("No file could be read: " + "; ".join(f"{name}: {why}" for name, why in bad.items()))
        frame = pl.concat([each.frame for each in read]).sort(self.schema.timestamp, maintain_order=True)
        unknown = {name: sum(each.unknown.get(name, 0) for each in read) for name in read[0].unknown}
        return Reading(frame, sum(each.dropped for each in read), unknown, bad, uncached)

    def _sourced(self, name: str, uncached: dict[str, str]) -> Sourced:
        if self.cache is None:
            return self.schema.sourced(frame(name, self.format))
        path = self.cache / f"{self._key(name)}.parquet"
        if path.is_file():
            metadata = pl.read_parquet_metadata(path)
            unknown = {key[8:]: int(count) for key, count in metadata.items() if key.startswith("unknown.")}
            return Sourced(pl.read_parquet(path), int(metadata["dropped"]), unknown)
        made = self.schema.sourced(frame(name, self.format))
        told = {"dropped": str(made.dropped), **{f"unknown.{key}": str(count) for key, count in made.unknown.items()}}
        try:
            _write(path, made.frame, told)
        except OSError as error:
            uncached[name] = str(error)
        return made

    def _key(self, name: str) -> str:
        fs, path = fsspec.core.url_to_fs(name)
        told = (fs.ukey(path), path, self.format, self.schema.digest)
        return hashlib.sha256("\0".join(map(str, told)).encode()).hexdigest()[:32]


def expanded(patterns: Iterable[str]) -> list[str]:
    """Return the files that match any of the patterns, each once, in order of their names; raises DataError, naming the
    patterns, when none does."""
    given = list(patterns)
    found = {file.full_name for pattern in given for file in fsspec.open_files(pattern) if file.fs.exists(file.path)}
    if not found:
        raise DataError(f"No file matches {', '.join(given)}.")
    return sorted(found)


def frame(name: str, form: Format = "auto") -> pl.DataFrame:
    """Return a file's rows as they are."""
    with fsspec.open(name, "rb", compression="infer") as file:
        content: bytes = file.read()
    if form == "auto":
        form = _format(name, content)
    match form:
        case "json":
            return pl.read_json(io.BytesIO(content), infer_schema_length=None)
        case "jsonl":
            return pl.read_ndjson(io.BytesIO(content), infer_schema_length=None)
        case "csv":
            return pl.read_csv(io.BytesIO(content), infer_schema_length=None)
        case _:
            return pl.read_parquet(io.BytesIO(content))


def _format(name: str, content: bytes) -> Format:
    """Tell a format by its first bytes, and CSV by the file's name."""
    begin = content[:64].lstrip()
    if not begin:
        raise DataError("the file is empty")
    forms: dict[bytes, Format] = {b"[": "json", b"{": "jsonl"}
    return forms.get(begin[:1]) or ("parquet" if content[:4] == b"PAR1" else "csv")


def _write(path: Path, rows: pl.DataFrame, metadata: dict[str, str]) -> None:
    """Write a file that is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    os.close(handle)
    try:
        rows.write_parquet(temporary, metadata=metadata)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
