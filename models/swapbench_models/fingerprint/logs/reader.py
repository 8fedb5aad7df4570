"""Readers: files as source columns, by way of a cache where one is given."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from swapbench_models.error import told
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.files import Format, content, form_of, identity, parsed
from swapbench_models.fingerprint.logs import objects
from swapbench_models.fingerprint.logs.kept import keep, kept
from swapbench_models.fingerprint.logs.schema import Schema

_VERSION = "2"  # of what a file's columns are: changed when the same file would be read otherwise
_LACKING, _ODD, _EMPTY = "without a time or a user", "of another shape", "whose data is null"


@dataclass(frozen=True)
class Reading:
    """What came of some files: their source columns by time; how many rows were dropped, by the reason; how many rows
    each truth left open; and by their names the files that could not be read, that could not be kept in the cache, and
    that were read anew because what the cache had was of no use, with the reasons."""

    frame: pl.DataFrame
    dropped: Mapping[str, int] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)
    uncached: Mapping[str, str] = field(default_factory=dict)
    rebuilt: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Read:
    """What came of one file."""

    frame: pl.DataFrame
    dropped: Mapping[str, int]
    unknown: Mapping[str, int]


@dataclass(frozen=True)
class Reader:
    """Reads files by a schema; with a `cache` folder, each file's columns are kept there under a name that digests the
    file's identity, the schema and how it is read. `filter_null` drops rows whose field `data` is null, where a log has
    one."""

    schema: Schema
    format: Format = "auto"
    cache: Path | None = None
    filter_null: bool = True

    def read(self, names: Sequence[str]) -> Reading:
        """Return what is in the files; raises DataError, naming each, when not one can be read."""
        read: list[_Read] = []
        bad: dict[str, str] = {}
        uncached: dict[str, str] = {}
        rebuilt: dict[str, str] = {}
        for name in names:
            try:
                made = self._cached(name, uncached, rebuilt)
            except Exception as error:  # whatever is wrong with a file, the others are read
                bad[name] = str(error).partition("\n")[0] if isinstance(error, DataError) else told(error)
                continue
            read.append(made)
            if made.dropped and not len(made.frame):
                why = ", ".join(f"{count:,} {reason}" for reason, count in made.dropped.items())
                bad[name] = f"not one of its rows can be used: {why}"
        if not read:
            raise DataError("No file could be read: " + "; ".join(f"{name}: {why}" for name, why in bad.items()))
        frame = pl.concat([each.frame for each in read]).sort(self.schema.timestamp, maintain_order=True)
        dropped, unknown = (
            sum((Counter(part) for part in parts), Counter())
            for parts in ([each.dropped for each in read], [each.unknown for each in read])
        )
        return Reading(frame, dropped, {**dict.fromkeys(read[0].unknown, 0), **unknown}, bad, uncached, rebuilt)

    def _cached(self, name: str, uncached: dict[str, str], rebuilt: dict[str, str]) -> _Read:
        if self.cache is None:
            return self._made(name)
        try:
            key = self._key(name)
        except Exception as error:  # a server that says nothing of its files
            uncached[name] = told(error)
            return self._made(name)
        path = self.cache / f"{key}.rows"
        try:
            if path.exists():
                return self._kept(path, key)
        except Exception as error:  # whatever is wrong with it, the file itself is there
            rebuilt[name] = told(error)
        made = self._made(name)
        try:
            keep(path, made.frame, {"key": key, "dropped": made.dropped, "unknown": made.unknown})
        except OSError as error:
            uncached[name] = told(error)
        return made

    def _kept(self, path: Path, key: str) -> _Read:
        frame, note = kept(path)
        if frame is None or note["key"] != key or frame.columns != [*self.schema.source]:
            raise DataError(f"{path} holds the columns of something else.")
        return _Read(frame, note["dropped"], note["unknown"])

    def _key(self, name: str) -> str:
        known = (_VERSION, identity(name), name, self.format, self.filter_null, self.schema.digest)
        return hashlib.sha256("\0".join(map(str, known)).encode(errors="surrogateescape")).hexdigest()[:32]

    def _made(self, name: str) -> _Read:
        """Read a file as one frame, or its rows one by one where they are not all of one shape, or where the schema
        tells what is absent from what is null."""
        read = content(name)
        form = form_of(read) if self.format == "auto" else self.format
        if self.schema.absent is None or form == "parquet":
            try:
                return self._of(parsed(read, form))
            except Exception as error:
                # A log of another kind stays one, whichever way it is read, and Parquet has one shape only.
                if isinstance(error, DataError) or form == "parquet":
                    raise
        listed, odd = objects.rows(read, form)
        needed = dict.fromkeys(["data"], None) if self.filter_null else {}
        return self._of(objects.flattened(listed, {**needed, **self.schema.paths()}), odd)

    def _of(self, log: pl.DataFrame, odd: int = 0) -> _Read:
        whole = len(log)
        if self.filter_null and "data" in log.columns:
            log = log.filter(pl.col("data").is_not_null())
        made = self.schema.sourced(log)
        dropped = {_LACKING: made.dropped, _ODD: odd, _EMPTY: whole - len(log)}
        return _Read(made.frame, {why: count for why, count in dropped.items() if count}, made.unknown)
