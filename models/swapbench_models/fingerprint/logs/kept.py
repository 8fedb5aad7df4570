"""Kept frames: rows and a note in one file, which is there whole or not at all and is checked when it is read back.

The first line holds the form, its version and the SHA-256 of all that follows: a line of JSON, then Parquet.
"""

import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from polars.exceptions import PanicException

from swapbench_models import reading
from swapbench_models.error import told
from swapbench_models.fingerprint.error import DataError
from swapbench_models.fingerprint.files import parquet

_FORM = b"swapbench-rows-1"
_HEAD = len(_FORM) + 1 + 64 + 1


def keep(path: Path, rows: pl.DataFrame | None, note: Mapping[str, Any]) -> None:
    """Write rows (None: none) and a note that JSON can hold; folders are made. Raises OSError."""
    parquet = io.BytesIO()
    if rows is not None:
        rows.write_parquet(parquet)
    body = json.dumps(note).encode() + b"\n" + parquet.getvalue()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_FORM + b" " + hashlib.sha256(body).hexdigest().encode() + b"\n" + body)
            file.flush()
            # Without it the name can be on disk before the content, and a power cut leaves an empty file.
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def kept(path: Path) -> tuple[pl.DataFrame | None, dict[str, Any]]:
    """Return rows and note; raises DataError for a file that is not as it was written, OSError for one that cannot be
    read."""
    content = reading.read(path, reading.MODEL)
    head, body = content[:_HEAD], content[_HEAD:]
    if not head.startswith(_FORM + b" "):
        raise DataError(f"{path} is not a file of {_FORM.decode()}.")
    if hashlib.sha256(body).hexdigest().encode() != head[len(_FORM) + 1 : -1]:
        raise DataError(f"{path} is damaged: its checksum is another.")
    note, _, rows = body.partition(b"\n")
    try:
        return parquet(rows) if rows else None, reading.values(note)
    except (Exception, PanicException) as error:  # which is no Exception
        raise DataError(f"{path} holds no rows and no note on them ({told(error)}).") from error
