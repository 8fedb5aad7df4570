"""Batches: files put together by when they were written."""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np
import polars as pl
from polars.exceptions import ComputeError, PanicException

from swapbench_models.fingerprint.error import FingerprintError

# What a file's name says of when it was written, by year, month, day, hour, minute, second and fraction.
Parts = Mapping[str, str | None]

# A moment in a file's name: DUO_2022-08-01T00_05_06.806Z.json.
_NAMED = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:T(?P<hour>\d{1,2})[:_](?P<minute>\d{1,2})[:_](?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6}))?)?Z?"
)
_PERIOD = re.compile(r"(?P<count>\d*)(?P<unit>[A-Za-z]+)")
_LONGEST = 100_000  # of any unit: a longer one holds whatever there is, and overflows
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400}
# pandas has renamed its periods: both spellings mean the same.
_UNITS = {"s": "s", "S": "s", "min": "min", "T": "min", "t": "min", "h": "h", "H": "h", "D": "d", "d": "d"} | {
    "W": "week",
    "M": "month",
    "ME": "month",
    "Y": "year",
    "YE": "year",
    "A": "year",
    "Q": "quarter",
    "QE": "quarter",
}


def named(name: str) -> Parts | None:
    """Return the parts of the moment in a file's name, None where there is none."""
    found = _NAMED.search(name)
    return None if found is None else found.groupdict()


def told_by(pattern: str) -> Callable[[str], Parts | None]:
    """Return what finds these parts by a pattern of somebody's own.

    It is the expression of a library whose time grows with the name alone: Python's own may take for ever for a name
    of thirty letters, as its author likes. Raises FingerprintError where it is none, or lacks year, month or day.
    """

    def found(name: str) -> Parts | None:
        groups: Parts = pl.select(pl.lit(name).str.extract_groups(pattern)).item()
        return groups if any(part is not None for part in groups.values()) else None

    try:
        missing = {"year", "month", "day"} - set(pl.select(pl.lit("").str.extract_groups(pattern)).item())
    except (ComputeError, PanicException) as error:
        raise FingerprintError(f"iso_date_regex_pattern '{pattern}': {error}") from error
    if missing:
        raise FingerprintError(f"iso_date_regex_pattern '{pattern}' lacks the groups {', '.join(sorted(missing))}.")
    return found


@dataclass(frozen=True)
class File:
    """A file's name and when it was written; `named` says that its name tells so."""

    name: str
    written: datetime
    named: bool


@dataclass(frozen=True)
class Batch:
    """The files of one period, by time, and how many batches there are of its message."""

    files: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class Batcher:
    """Puts files together that were written in the same `period` (None: all).

    `start` and `end` are moments, both within; a date is the midnight that it begins with. `sampling` takes the first
    file of each length of time where it is text, below 1 a share of the files, from 1 on a number of them, drawn with
    `seed`. `pattern` has the groups year, month and day, and may have hour, minute, second and fraction. Raises
    FingerprintError for what cannot be.
    """

    period: str | None = "D"
    start: str | None = None
    end: str | None = None
    sampling: str | float | None = None
    parts: Callable[[str], Parts | None] = named
    seed: int = 0
    _bounds: tuple[datetime, datetime] = field(init=False)

    def __post_init__(self) -> None:
        first = moment(self.start, "start_time") if self.start else datetime.min.replace(tzinfo=UTC)
        last = moment(self.end, "end_time") if self.end else datetime.max.replace(tzinfo=UTC)
        object.__setattr__(self, "_bounds", (first, last))
        for length in (self.period, self.sampling):
            if isinstance(length, str):
                period(length)
        sampled = isinstance(self.sampling, int | float) and 0 < self.sampling < math.inf
        if not (sampled or self.sampling is None or isinstance(self.sampling, str)):
            raise FingerprintError(f"sampling {self.sampling:g}: give a share, a number of files or a length of time.")

    @property
    def within(self) -> str:
        """The window in words."""
        first, last = self.start, self.end
        if first and last:
            return f"from {first} to {last}"
        return f"from {first} on" if first else f"up to {last}" if last else "at any time"

    def batches(self, files: Iterable[File]) -> list[Batch]:
        """Return the batches of the files within the window, by time."""
        first, last = self._bounds
        kept = sorted((file for file in files if first <= file.written <= last), key=lambda file: file.written)
        kept = self._sampled(kept)
        made = [[*files] for _, files in groupby(kept, period(self.period, kept))]
        return [Batch(tuple(file.name for file in group), len(made)) for group in made]

    def dated(self, name: str, modified: Callable[[str], datetime]) -> File:
        """Return a file and when it was written: as its name says, or else as `modified` does."""
        found = self.parts(name.rpartition("/")[2]) or self.parts(name)
        written = _written(found) if found else None
        return File(name, written or modified(name), named=written is not None)

    def _sampled(self, files: Sequence[File]) -> list[File]:
        if self.sampling is None or not files:
            return [*files]
        if isinstance(self.sampling, str):
            return [next(group) for _, group in groupby(files, period(self.sampling, files))]
        count = round(len(files) * self.sampling) if self.sampling < 1 else math.floor(self.sampling)
        chosen = np.random.default_rng(self.seed).permutation(len(files))[:count]
        return [files[place] for place in sorted(chosen)]


def period(text: str | None, files: Sequence[File] = ()) -> Callable[[File], object]:
    """Return what tells the period of a file, in UTC, as pandas' `resample` has it; raises FingerprintError for what is
    no length of time.

    Lengths of time are counted from the midnight before the first of the files; where several months or weeks make a
    period, the first of them is one by itself.
    """
    if text is None:
        return lambda _: None
    found = _PERIOD.fullmatch(text)
    unit = _UNITS.get(found["unit"]) if found else None
    count = int(found["count"] or 1) if found else 0
    if unit is None or not 1 <= count <= _LONGEST:
        raise FingerprintError(f"There is no period '{text}'; give one like D, 5D, h, 15min, W, M or Y.")
    first = min((file.written for file in files), default=datetime(1970, 1, 1, tzinfo=UTC))
    if unit in _SECONDS:
        length = timedelta(seconds=count * _SECONDS[unit])
        midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
        return lambda file: (file.written - midnight) // length
    begin = _calendar(first, unit)
    return lambda file: (_calendar(file.written, unit) - begin + count - 1) // count


def _calendar(moment: datetime, unit: str) -> int:
    """Number weeks (from Monday), months, quarters and years."""
    if unit == "week":
        return (moment.date().toordinal() - 1) // 7
    months = moment.year * 12 + moment.month - 1
    return months // {"month": 1, "quarter": 3, "year": 12}[unit]


def _written(found: Parts) -> datetime | None:
    """Return the moment that a name tells; None when it is no moment, like a 31st of June."""
    groups = {name: part or "0" for name, part in found.items()}
    parts = ("year", "month", "day", "hour", "minute", "second")
    try:
        year, month, day, hour, minute, second = (int(groups.get(part, "0")) for part in parts)
        micros = int(groups.get("fraction", "0").ljust(6, "0")[:6])
        return datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
    except (ValueError, OverflowError):  # a pattern of one's own may find letters, or a year of ten digits
        return None


def moment(text: str, option: str) -> datetime:
    """Return the moment that an option says, in UTC, which one without a zone is in; raises FingerprintError."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:  # the first hours of the year 1 are before it in UTC
        raise FingerprintError(f"{option} '{text}': give a date or a moment, like 2022-08-01.") from error
