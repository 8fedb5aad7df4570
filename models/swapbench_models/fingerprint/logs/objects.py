"""Objects: rows of a file read one by one, for what polars cannot put into one frame, or would not tell apart.

It is slower by far, and it knows two things more: which rows have another shape than the rest, and whether a field is
absent from a row or null in it.
"""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.files import Format

_ABSENT = object()


def rows(read: bytes, form: Format) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of a file that are objects, and how many are not; raises DataError when the file as a whole is
    not of its format."""
    match form:
        case "json":
            found = _loaded(read)
            if not isinstance(found, list):
                raise DataError("it is not an array of objects")
            return _objects(found)
        case "jsonl":
            lines = [line for line in read.splitlines() if line.strip()]
            each = [*map(_line, lines)]
            if len(lines) > 1 and not any(isinstance(row, dict) for row in each):
                each = [_loaded(read)]  # one object, written over many lines
            return _objects(each)
        case "csv":
            return _table(read.decode(errors="replace"))
        case _:
            raise DataError(f"rows of {form} are not read one by one")


def flattened(objects: Iterable[Mapping[str, Any]], paths: Mapping[str, str | None]) -> pl.DataFrame:
    """Return a frame with a column for each path like `user.name` that is in any row, empty where it is not; a path may
    name a text that stands for its absence, and has its column in any case."""
    listed = list(objects)
    columns = {path: [_at(row, path) for row in listed] for path in paths}
    return pl.DataFrame(
        {
            path: _series([paths[path] if value is _ABSENT else value for value in values])
            for path, values in columns.items()
            if paths[path] is not None or any(value is not _ABSENT for value in values)
        }
    )


def _loaded(read: bytes) -> Any:
    try:
        return json.loads(read)
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is not JSON: {error}") from error


def _line(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _objects(found: list[Any]) -> tuple[list[dict[str, Any]], int]:
    objects = [row for row in found if isinstance(row, dict)]
    return objects, len(found) - len(objects)


def _table(text: str) -> tuple[list[dict[str, Any]], int]:
    """Return the rows of CSV that have as many fields as its first line, which names them."""
    lines = [line for line in csv.reader(io.StringIO(text)) if line]
    if not lines:
        raise DataError("it has no row")
    names = lines[0]
    whole = [dict(zip(names, line, strict=True)) for line in lines[1:] if len(line) == len(names)]
    return [{name: value or None for name, value in row.items()} for row in whole], len(lines) - 1 - len(whole)


def _at(row: Mapping[str, Any], path: str) -> Any:
    """Return the field at a path into objects, or into the JSON text of one; what is no scalar comes as JSON."""
    if path in row:
        found: Any = row[path]
    else:
        found = row
        for name in path.split("."):
            if isinstance(found, str):
                found = _line(found.encode(errors="replace"))
            if not isinstance(found, dict) or name not in found:
                return _ABSENT
            found = found[name]
    return json.dumps(found) if isinstance(found, dict | list) else found


def _series(values: list[Any]) -> pl.Series:
    """Return values of one kind as they are, of several as text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {str} or kinds in ({bool}, {float}, {int, float}):
        return pl.Series(values, dtype=pl.String if kinds <= {str} else None, strict=False)
    if kinds == {int} and all(abs(value) < 2**63 for value in values if value is not None):
        return pl.Series(values, dtype=pl.Int64)
    return pl.Series([value if value is None or isinstance(value, str) else json.dumps(value) for value in values])
