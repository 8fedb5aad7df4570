"""Rolling windows: a user's rows gathered from one batch to the next, until there are enough to work with."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import polars as pl

from swapbench_models.fingerprint.error import DataError, FingerprintError

Mode = Literal["batch", "aggregate"]
Late = Literal["drop", "keep", "error"]
_LONGEST = 100_000  # of any unit: beyond the year 1750 moments and lengths of time overflow
_SPAN = re.compile(r"(\d+) ?(d|days?|h|hours?|min|minutes?|s|seconds?)")


@dataclass(frozen=True)
class WindowOptions:
    """When rows are given out, and how many are kept.

    In mode `batch` all rows are given out once there are `min_history`, and forgotten. In mode `aggregate` they are
    given out once there are `min_history`, of which `min_increment` came since the last time, and those of the last
    `span` (a length of time such as 60d, or a number of rows) are kept; rows that were never given out always are.
    `late` says what becomes of rows older than the newest seen: they are dropped and counted, kept, or an error.
    """

    mode: Mode = "batch"
    min_history: int = 1
    min_increment: int = 0
    span: str | int = "60d"
    late: Late = "drop"
    timestamp: str = "timestamp"

    def __post_init__(self) -> None:
        """Raise FingerprintError for what cannot be."""
        if isinstance(self.span, str) and not _SPAN.fullmatch(self.span):
            raise FingerprintError(f"There is no span '{self.span}'; give one like 60d or 12h, or a number of rows.")
        if isinstance(self.span, str) and int(_SPAN.fullmatch(self.span)[1]) > _LONGEST:  # type: ignore[index]
            raise FingerprintError(f"A span of '{self.span}' is longer than anything is kept; give one like 60d.")
        if isinstance(self.span, int) and self.span < 1:
            raise FingerprintError(f"A span of {self.span} rows keeps nothing; give at least 1.")
        if self.min_history < 1 or self.min_increment < 0:
            raise FingerprintError("min_history is at least 1, and min_increment at least 0.")

    @property
    def length(self) -> timedelta | None:
        """The span as a length of time; None when it is a number of rows."""
        if isinstance(self.span, int):
            return None
        count, unit = _SPAN.fullmatch(self.span).groups()  # type: ignore[union-attr]  # checked when it was made
        return int(count) * {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}.get(
            unit[0], timedelta(seconds=1)
        )


@dataclass
class Counts:
    """Rows that came in, that had come in when rows were last given out, and that were late."""

    total: int = 0
    given_out: int = 0
    late: int = 0


@dataclass
class Window:
    """The rows of one user."""

    options: WindowOptions
    rows: pl.DataFrame | None = None
    counts: Counts = field(default_factory=Counts)

    def push(self, rows: pl.DataFrame) -> pl.DataFrame | None:
        """Take rows in, in order of time, and return those that are due, or None; raises DataError for late rows where
        they are an error."""
        self._take(rows)
        options, held = self.options, self.rows
        if held is None or len(held) < options.min_history:
            return None
        if options.mode == "batch":
            self.rows = None
        else:
            if self.counts.total - self.counts.given_out < options.min_increment:
                return None
            held = self.rows = self._within_span(held)
        self.counts.given_out = self.counts.total
        return held

    def _take(self, rows: pl.DataFrame) -> None:
        name, late = self.options.timestamp, self.options.late
        rows = rows.sort(name, maintain_order=True)
        if self.rows is None or not len(self.rows):
            self.rows = rows
        else:
            newest = self.rows[name].max()
            count = int((rows[name] < newest).sum())
            if count and late == "error":
                raise DataError(f"{count} rows are older than {newest!s}, the newest that came before them.")
            self.counts.late += count
            rows = rows.filter(pl.col(name) >= newest) if late == "drop" else rows
            self.rows = pl.concat([self.rows, rows]).sort(name, maintain_order=True)
        self.counts.total += len(rows)

    def _within_span(self, held: pl.DataFrame) -> pl.DataFrame:
        """Return the rows within the span of the newest, and all that were not given out yet."""
        fresh = self.counts.total - self.counts.given_out
        length = self.options.length
        if length is None:
            return held[-max(int(self.options.span), fresh) :]
        oldest = held[self.options.timestamp].max() - length  # type: ignore[operator]  # a moment
        recent = int((held[self.options.timestamp] >= oldest).sum())
        return held[-max(recent, fresh) :]
