"""Files: which there are, wherever they lie, and what is in them.

A file is JSON (an array of objects), JSON lines, CSV or Parquet; fsspec opens it, so it may be a path or a URL.
"""

import io
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import IO, Any, Literal

import fsspec
import polars as pl
from fsspec.implementations.local import LocalFileSystem
from polars.exceptions import PanicException

from swapbench_models import reading
from swapbench_models.error import told
from swapbench_models.fingerprint.error import DataError

Format = Literal["auto", "json", "jsonl", "csv", "parquet"]
_PROTOCOLS = {
    *("file", "local", "memory", "s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "hdfs", "webhdfs"),
    *("http", "https", "ftp", "sftp", "ssh", "smb"),
}
_MOST_BYTES = 1 << 30  # of a log, unpacked
_MOST_CELLS = 1 << 27  # of a log in Parquet
_MOST_MESSAGE = 1 << 24  # bytes of a file of control messages
_UTF8_MARK, _UTF16_MARKS = b"\xef\xbb\xbf", (b"\xff\xfe", b"\xfe\xff")


def matched(patterns: Iterable[str], anew: bool = False) -> tuple[list[str], Mapping[str, str]]:
    """Return the files that match any of the patterns, each once, in order of their names, and the patterns that none
    does, with the reasons. A folder stands for the files in it; with `anew` nothing is taken from what fsspec
    remembers of a place."""
    found: set[str] = set()
    unmatched: dict[str, str] = {}
    for pattern in patterns:
        try:
            names = _names(pattern, anew)
        except Exception as error:  # no such protocol, no package for it, no permission, nobody there: all are its own
            unmatched[pattern] = told(error)
            continue
        found.update(names)
        if not names:
            unmatched[pattern] = "no file matches"
    return sorted(found), unmatched


def expanded(patterns: Iterable[str]) -> list[str]:
    """Return the files that match any of the patterns, as `matched` does; raises DataError, naming them, when none
    does."""
    given = list(patterns)
    found, unmatched = matched(given)
    if not found:
        raise DataError(f"No file matches {', '.join(given)}.{_reasons(unmatched)}")
    return found


def identity(name: str) -> str:
    """Return what tells a file's content from what it was before, without reading it: its size, time and place, or what
    its server says. Raises whatever its file system does."""
    fs, path = _place(name)
    try:
        return str(fs.ukey(path))
    except UnicodeEncodeError:  # a name that is not UTF-8, which fsspec's digest has no word for
        return repr(sorted(fs.info(path).items()))


def modified(name: str) -> datetime:
    """Return when a file was last changed, in UTC where its place does not say; raises whatever that does."""
    fs, path = _place(name)
    moment: datetime = fs.modified(path)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def content(name: str) -> bytes:
    """Return a file's bytes, unpacked, as UTF-8 without a mark where it has a byte-order mark; raises DataError for
    more than a log has, of which a few may be packed that fill memory."""
    _check_regular(name)
    with fsspec.open(name, "rb", compression="infer") as file:
        read = _whole(file, _MOST_BYTES)
    if read[:2] in _UTF16_MARKS:
        read = read.decode("utf-16").encode()
    return read.removeprefix(_UTF8_MARK)


def form_of(read: bytes) -> Format:
    """Tell a format by the first bytes; what is nothing else is CSV. Raises DataError for an empty file."""
    begin = read[:64].lstrip()
    if not begin:
        raise DataError("the file is empty")
    forms: dict[bytes, Format] = {b"[": "json", b"{": "jsonl"}
    return forms.get(begin[:1]) or ("parquet" if read[:4] == b"PAR1" else "csv")


def parsed(read: bytes, form: Format) -> pl.DataFrame:
    """Return the rows of a file of a format; raises what polars does when they are no frame, and DataError for more
    than is read."""
    try:
        return _parsed(read, form)
    except PanicException as error:  # which is no Exception, and would end whatever else is at work
        raise DataError(f"polars cannot read it ({error})") from error


def _parsed(read: bytes, form: Format) -> pl.DataFrame:
    match form:
        case "json":
            return pl.read_json(io.BytesIO(read), infer_schema_length=None)
        case "jsonl":
            return pl.read_ndjson(io.BytesIO(read), infer_schema_length=None)
        case "csv":
            return pl.read_csv(io.BytesIO(read), infer_schema_length=None)
        case _:
            return parquet(read)


def parquet(read: bytes) -> pl.DataFrame:
    """Return the rows of a file of Parquet, which may say in a few bytes that it has billions.

    Arrow reads it, for of a file in which a size is spoilt polars asks for as much memory and ends the process.
    """
    from pyarrow.parquet import ParquetFile

    with ParquetFile(io.BytesIO(read)) as file:
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        if rows * columns > _MOST_CELLS:
            raise DataError(f"it has {rows:,} rows of {columns:,} columns; make several of it")
        return pl.DataFrame(file.read(use_threads=False))


def frame(name: str) -> pl.DataFrame:
    """Return a file's rows as they are; raises DataError, naming it, when they cannot be read."""
    try:
        read = content(name)
        return parsed(read, form_of(read))
    except Exception as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise DataError(f"{name}: {told(error)}") from error


def opened(name: str) -> bytes:
    """Return a file's bytes as they are; raises DataError for more than a message has, and whatever its file system
    does."""
    _check_regular(name)
    with fsspec.open(name, "rb") as file:
        return _whole(file, _MOST_MESSAGE)


def _check_regular(name: str) -> None:
    """Raise DataError for a pipe or a device, of which nobody knows whether it ends."""
    fs, path = _place(name)
    if isinstance(fs, LocalFileSystem) and os.path.exists(path) and not os.path.isfile(path):
        raise DataError("it is no regular file")


def _whole(file: IO[bytes], most: int) -> bytes:
    """Return all bytes of a file; raises DataError where there are more than so many."""
    try:
        return reading.whole(file, most)
    except ValueError as error:
        raise DataError(f"{error}; make several of it") from error


def _place(name: str) -> tuple[Any, str]:
    """Return the file system that a name leads to, and the path in it; raises DataError for one that does more than
    read: of those that fsspec has, some run what files say, start programs, or are reached through others."""
    protocol = name.partition("://")[0] if "://" in name else "file"
    if "::" in name or protocol not in _PROTOCOLS:
        raise DataError(f"{name} is neither a path nor an address that begins with {', '.join(sorted(_PROTOCOLS))}")
    fs, path = fsspec.core.url_to_fs(name)
    return fs, path


def _names(pattern: str, anew: bool) -> set[str]:
    fs, path = _place(pattern)
    if anew:
        fs.invalidate_cache()
    if fs.isdir(path):
        pattern = f"{pattern.rstrip('/')}/*"
    files = fsspec.open_files(pattern)
    alone = len(files) == 1 and files[0].path == path  # no pattern, or nothing that would look it up
    there = [file for file in files if (file.fs.exists(file.path) if alone else not file.fs.isdir(file.path))]
    # A path is what was asked for and what messages are read by: file:/// before it is fsspec's.
    return {file.path if isinstance(file.fs, LocalFileSystem) else file.full_name for file in there}


def _reasons(unmatched: Mapping[str, str]) -> str:
    told_of = [f"{pattern}: {why}" for pattern, why in unmatched.items() if why != "no file matches"]
    return f" {'; '.join(told_of)}." if told_of else ""
