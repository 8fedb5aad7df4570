"""Files: which there are, wherever they lie, and what is in them.

A file is JSON (an array of objects), JSON lines, CSV or Parquet; fsspec opens it, so it may be a path or a URL.
"""

import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

import fsspec
import polars as pl
from fsspec.implementations.local import LocalFileSystem

from swapbench_models.error import told
from swapbench_models.fingerprint.error import DataError

Format = Literal["auto", "json", "jsonl", "csv", "parquet"]
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
    fs, path = fsspec.core.url_to_fs(name)
    try:
        return str(fs.ukey(path))
    except UnicodeEncodeError:  # a name that is not UTF-8, which fsspec's digest has no word for
        return repr(sorted(fs.info(path).items()))


def modified(name: str) -> datetime:
    """Return when a file was last changed, in UTC where its place does not say; raises whatever that does."""
    fs, path = fsspec.core.url_to_fs(name)
    moment: datetime = fs.modified(path)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def content(name: str) -> bytes:
    """Return a file's bytes, unpacked, as UTF-8 without a mark where it has a byte-order mark."""
    with fsspec.open(name, "rb", compression="infer") as file:
        read: bytes = file.read()
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
    """Return the rows of a file of a format; raises what polars does when they are no frame."""
    match form:
        case "json":
            return pl.read_json(io.BytesIO(read), infer_schema_length=None)
        case "jsonl":
            return pl.read_ndjson(io.BytesIO(read), infer_schema_length=None)
        case "csv":
            return pl.read_csv(io.BytesIO(read), infer_schema_length=None)
        case _:
            return pl.read_parquet(io.BytesIO(read))


def frame(name: str) -> pl.DataFrame:
    """Return a file's rows as they are; raises DataError, naming it, when they cannot be read."""
    try:
        read = content(name)
        return parsed(read, form_of(read))
    except OSError:
        raise
    except Exception as error:
        raise DataError(f"{name}: {told(error)}") from error


def _names(pattern: str, anew: bool) -> set[str]:
    fs, path = fsspec.core.url_to_fs(pattern)
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
