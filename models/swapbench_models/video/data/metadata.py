"""Metadata: which clips a data set has and what each is, from a table (CSV) beside them.

Columns are video_path and label, and where they are known platform and dup_group; others are passed over.
"""

import csv
import io
import os
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models import reading
from swapbench_models.video.error import VideoError
from swapbench_models.writing import write as write_file

REQUIRED, OPTIONAL = ("video_path", "label"), ("platform", "dup_group")
# The seed of this family has a short run by this variable, of so many clips of each class.
TEST_MODE, TEST_CLIPS = "FVC_TEST_MODE", 5
_YES = {"1", "true", "yes", "y"}
# What has more digits is a word. 1.0 is what pandas writes of a 1 in a column that has gaps.
_WHOLE = re.compile(r"([+-]?\d{1,99})(?:\.0*)?")
_TOLD = 5


@dataclass(frozen=True)
class Clip:
    """A clip, the number of its class, where it was published and of what it is a duplicate; empty where not known."""

    path: Path
    label: int
    platform: str = ""
    dup_group: str = ""


@dataclass(frozen=True)
class Metadata:
    """Clips in the order of the table, and what classes 0, 1, ... are called there."""

    clips: tuple[Clip, ...]
    classes: tuple[str, ...]

    @property
    def paths(self) -> list[Path]:
        """The files of the clips: X of a model that reads them itself."""
        return [clip.path for clip in self.clips]

    @property
    def labels(self) -> NDArray[np.int64]:
        """The class (n,) of each clip: y."""
        return np.array([clip.label for clip in self.clips], np.int64)


def clips_in_test_mode(environment: Mapping[str, str] = os.environ) -> int | None:
    """Return how many clips of each class FVC_TEST_MODE leaves: 5 where it is 1, true, yes or y, else all (None)."""
    return TEST_CLIPS if environment.get(TEST_MODE, "").strip().lower() in _YES else None


def read(table: str | Path, first: int | None = None) -> Metadata:
    """Return the clips of a table that are there, or the first of each class.

    A relative path leads from the table's folder to somewhere in it; only an absolute one, which says so, leads
    elsewhere. Labels are whole numbers or words; classes are ordered as numbers or by name. Clips that are missing are
    left out with a warning, which counts them. Raises VideoError, which names the table and the line, where a column,
    a label or a path is missing, a path leads out of the folder, a clip has two labels, or no two classes are left.
    """
    table = Path(table)
    rows = [_row(table, line, values) for line, values in _rows(table)]
    _check_labels(table, rows)
    there = _there(table, rows)
    classes = _classes([row.label for row in there])
    if len(classes) < 2:
        gone = f" that are there (of {len(rows)})" if len(there) < len(rows) else ""
        told = f"all {len(there)} clips{gone} have label {classes[0]}"
        raise VideoError(f"{table}: {told}; give clips of two classes or more.")
    clips = [Clip(row.path, classes.index(_name(row.label)), row.platform, row.dup_group) for row in there]
    return Metadata(tuple(_first(clips, first)), classes)


def write(table: Path, rows: Sequence[Mapping[str, str]]) -> None:
    """Write a table whole, or leave what was there; the first row's columns are all rows'.

    Raises FamilyError where it cannot be written.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_file(table, text.getvalue().encode())


@dataclass(frozen=True)
class _Row:
    line: int
    path: Path
    label: str
    platform: str
    dup_group: str


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row that is not blank with the number of its line."""
    try:
        reader = csv.DictReader(io.StringIO(reading.read(table).decode("utf-8-sig"), newline=""), strict=True)
        _check_columns(table, reader.fieldnames or ())
        for row in reader:
            if None in row or None in row.values():
                raise VideoError(f"{table}, line {reader.line_num}: has not as many values as there are columns.")
            yield reader.line_num, {name: value.strip() for name, value in row.items()}
    except OSError as error:
        raise VideoError(f"{table}: cannot be read ({error.strerror or error}); give the path of a table.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise VideoError(f"{table}: is no table in CSV and UTF-8 ({error}); write it again.") from error


def _check_columns(table: Path, names: Sequence[str]) -> None:
    for name in REQUIRED:
        if name not in names:
            found = ", ".join(names) or "none"
            raise VideoError(f"{table}: has no column {name!r}, but {found}; name it in the first line.")
    for name in (*REQUIRED, *OPTIONAL):
        if names.count(name) > 1:
            raise VideoError(f"{table}: has {names.count(name)} columns {name!r}; leave one.")


def _row(table: Path, line: int, values: Mapping[str, str]) -> _Row:
    for name in REQUIRED:
        if not values[name]:
            raise VideoError(f"{table}, line {line}: {name} is empty; fill it in, or leave the line out.")
    given = values["video_path"]
    inside = os.path.normpath(given)
    if inside == os.pardir or inside.startswith(os.pardir + os.sep):
        raise VideoError(f"{table}, line {line}: {given} leads out of the table's folder; write its absolute path.")
    path = table.parent / inside  # an absolute one stays what it is
    return _Row(line, path, values["label"], values.get("platform", ""), values.get("dup_group", ""))


def _check_labels(table: Path, rows: Sequence[_Row]) -> None:
    if not rows:
        raise VideoError(f"{table}: has no rows; write one for each clip.")
    known: dict[Path | tuple[int, int], _Row] = {}
    for row in rows:
        other = known.setdefault(_identity(row.path), row)
        if _name(other.label) != _name(row.label):
            told = f"is labelled {row.label}, and {other.label} in line {other.line}"
            raise VideoError(f"{table}, line {row.line}: {row.path.name} {told}; leave one out.")


def _identity(path: Path) -> Path | tuple[int, int]:
    """Return what is the same for a file by whatever path."""
    try:
        found = path.stat()
    except (OSError, ValueError):  # it is missing
        return path
    return found.st_dev, found.st_ino


def _there(table: Path, rows: Sequence[_Row]) -> list[_Row]:
    there: list[_Row] = []
    missing: list[_Row] = []
    for row in rows:
        (there if os.path.isfile(row.path) else missing).append(row)  # Path's own raises for names too long
    if not there:
        tried = ", ".join(str(row.path) for row in rows[:_TOLD])
        more = f" and {len(rows) - _TOLD} more" if len(rows) > _TOLD else ""
        raise VideoError(f"{table}: none of its clips is there; tried {tried}{more}.")
    if missing:
        first = f"the first {missing[0].path} of line {missing[0].line}"
        told = f"{len(missing)} of {len(rows)} clips are missing and left out, {first}"
        warnings.warn(f"{table}: {told}.", stacklevel=3)
    return there


def _classes(labels: Sequence[str]) -> tuple[str, ...]:
    names = {_name(label) for label in labels}
    numbers = all(_WHOLE.fullmatch(name) for name in names)
    return tuple(sorted(names, key=int) if numbers else sorted(names))


def _name(label: str) -> str:
    whole = _WHOLE.fullmatch(label)
    return str(int(whole[1])) if whole else label


def _first(clips: Sequence[Clip], count: int | None) -> Iterator[Clip]:
    seen: Counter[int] = Counter()
    for clip in clips:
        seen[clip.label] += 1
        if count is None or seen[clip.label] <= count:
            yield clip
