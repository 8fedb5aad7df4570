"""Batches: files put together by when they were written."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby

import numpy as np

from models.fingerprint.error import FingerprintError

# A moment in a file's name: DUO_2022-08-01T00_05_06.806Z.json.
NAMED = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"
    r"(?:T(?P<hour>\d{1,2})[:_](?P<minute>\d{1,2})[:_](?P<second>\d{1,2})(?:\.(?P<fraction>\d{1,6}))?)?Z?"
)
_PERIOD = re.compile(r"(?P<count>\d*)(?P<unit>[A-Za-z]+)")
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
    pattern: re.Pattern[str] = NAMED
    seed: int = 0
    _bounds: tuple[datetime, datetime] = field(init=False)

    def __post_init__(self) -> None:
        first = _moment(self.start, "start_time") or datetime.min.replace(tzinfo=UTC)
        last = _moment(self.end, "end_time") or datetime.max.replace(tzinfo=UTC)
        object.__setattr__(self, "_bounds", (first, last))
        for length in (self.period, self.sampling):
            if isinstance(length, str):
                period(length)
        if not isinstance(self.sampling, str) and self.sampling is not None and not self.sampling > 0:
            raise FingerprintError(f"sampling {self.sampling:g}: give a share, a number of files or a length of time.")

    def batches(self, files: Iterable[File]) -> list[Batch]:
        """Return the batches of the files within the window, by time."""
        first, last = self._bounds
        kept = sorted((file for file in files if first <= file.written <= last), key=lambda file: file.written)
        kept = self._sampled(kept)
        made = [[*files] for _, files in groupby(kept, period(self.period))]
        return [Batch(tuple(file.name for file in group), len(made)) for group in made]

    def dated(self, name: str, modified: Callable[[str], datetime]) -> File:
        """Return a file and when it was written: as its name says, or else as `modified` does."""
        found = self.pattern.search(name.rpartition("/")[2]) or self.pattern.search(name)
        written = _written(found) if found else None
        return File(name, written or modified(name), named=written is not None)

    def _sampled(self, files: Sequence[File]) -> list[File]:
        if self.sampling is None or not files:
            return [*files]
        if isinstance(self.sampling, str):
            return [next(group) for _, group in groupby(files, period(self.sampling))]
        count = round(len(files) * self.sampling) if self.sampling < 1 else math.floor(self.sampling)
        chosen = np.random.default_rng(self.seed).permutation(len(files))[:count]
        return [files[place] for place in sorted(chosen)]


def period(text: str | None) -> Callable[[File], object]:
    """Return what tells the period of a file, in UTC; raises FingerprintError for what is no length of time."""
    if text is None:
        return lambda _: None
    found = _PERIOD.fullmatch(text)
    unit = _UNITS.get(found["unit"]) if found else None
    count = int(found["count"] or 1) if found else 0
    if unit is None or count < 1:
        raise FingerprintError(f"There is no period '{text}'; give one like D, 5D, h, 15min, W, M or Y.")
    if unit in _SECONDS:
        length = timedelta(seconds=count * _SECONDS[unit])
        return lambda file: (file.written - datetime(1970, 1, 1, tzinfo=UTC)) // length
    return lambda file: _calendar(file.written, unit) // count


def _calendar(moment: datetime, unit: str) -> int:
    """Number weeks (from Monday), months, quarters and years."""
    if unit == "week":
        return (moment.date().toordinal() - 1) // 7
    months = moment.year * 12 + moment.month - 1
    return months // {"month": 1, "quarter": 3, "year": 12}[unit]


def _written(found: re.Match[str]) -> datetime | None:
    """Return the moment that a name tells; None when there is no such moment, like a 31st of June."""
    groups = found.groupdict(default="0")
    year, month, day, hour, minute, second = (
        int(groups.get(part, "0")) for part in ("year", "month", "day", "hour", "minute", "second")
    )
    micros = int(groups.get("fraction", "0").ljust(6, "0"))
    try:
        return datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
    except ValueError:
        return None


def _moment(text: str | None, option: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FingerprintError(f"{option} '{text}': give a date or a moment, like 2022-08-01.") from error
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
