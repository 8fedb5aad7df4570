"""A file with a configuration of Keras: JSON alone, or within a `.keras` archive, of which nothing else is read."""

import json
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

from swapbench_models.neural.error import DataError

# The configuration of a network of 2,000 layers has some 4 MB.
LARGEST = 1 << 24
MEMBER = "config.json"

# Others can make gigabytes of a few bytes before one can say how many are wanted.
_PACKED = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What a damaged archive raises, depending on which of its bytes are wrong.
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


def read(path: str) -> Any:
    """Return what the JSON of a file says; raises DataError where there is none, or more than a configuration has."""
    try:
        content = _member(path) if path.lower().endswith(".keras") else _plain(path)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror or error}); give a configuration of Keras."
        ) from error
    if len(content) > LARGEST:
        raise DataError(f"{path}: has a configuration of more than {LARGEST:,} bytes, which is no network's.")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=_finite, parse_constant=_finite)
    except RecursionError as error:
        raise DataError(f"{path}: holds JSON that is nested deeper than any configuration of Keras.") from error
    except ValueError as error:
        raise DataError(f"{path}: is no JSON ({error}); give what model.to_json() of Keras returns.") from error


def _plain(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(LARGEST + 1)


def _member(path: str) -> bytes:
    """Return the configuration of an archive, or its beginning where it is too large."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo(MEMBER)
            if member.compress_type not in _PACKED:
                raise zipfile.BadZipFile(f"{MEMBER} is packed as Keras never does")
            with archive.open(member) as file:
                return file.read(LARGEST + 1)
    except KeyError as error:
        raise DataError(
            f"{path}: is an archive without {MEMBER}; give one that model.save() of Keras wrote."
        ) from error
    except _DAMAGE as error:
        raise DataError(f"{path}: is no archive of Keras ({error}); save the model anew.") from error


def _finite(text: str) -> float:
    """Return a number of JSON; Python's own reading has NaN and infinities, which JSON has not."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no finite number")
    return number
