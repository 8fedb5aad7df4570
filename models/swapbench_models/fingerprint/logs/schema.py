"""Schemas: which columns a log has for us, and what each is made of, read from a TOML file.

`[source]` names the columns made of the log's own fields, `[increments]` those counted over a user's day, `[model]`
what a model is given of them. A path like `user.name` goes into objects, or into the JSON text of one.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from swapbench_models import reading
from swapbench_models.fingerprint.error import DataError, FingerprintError

_FOLDER = Path(__file__).parent / "schemas"
_DAY = "__day"
_MOST_BYTES = 1 << 22  # of a file of a schema
_NUMBER = r"^-?\d{8,}(\.\d+)?$"  # digits alone are no date that anybody spells so


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Column(_Strict):
    """A column made of fields of the log, which its first entry names."""

    @property
    def paths(self) -> tuple[str, ...]:
        named: str | tuple[str, ...] = getattr(self, next(iter(type(self).model_fields)))
        return (named,) if isinstance(named, str) else named


class Time(_Column):
    """A moment, kept in UTC; one without a zone is taken for UTC."""

    time: str


class Text(_Column):
    """A field as text."""

    text: str


class Number(_Column):
    """A field as a number."""

    number: str


class Join(_Column):
    """Several fields as one text."""

    join: tuple[str, ...]
    separator: str = ", "


class Truth(_Column):
    """A field that says yes or no: which texts are true and which false, in any case of letters unless `exact`; what
    the others are is said by `unknown`."""

    truth: str
    true: tuple[str, ...]
    false: tuple[str, ...]
    exact: bool = False
    unknown: Literal["null", "true", "false"] = "null"


class Events(_Strict):
    """The user's events of that day (UTC) before this one."""

    events: Literal[True]


class Distinct(_Strict):
    """How many values of a column the user has had that day (UTC) so far, this one's included."""

    distinct: str


Source = Time | Text | Number | Join | Truth
Increment = Events | Distinct


class Model(_Strict):
    """What a model is given: all columns but `drop`, of which `features` are learned."""

    drop: tuple[str, ...] = ()
    features: tuple[str, ...]


class Schema(_Strict):
    """The columns of one kind of log; `parity` has the columns that the reference makes otherwise.

    `null` is the text of a text that is null; `absent` that of one that a row does not have at all (None: as `null`).
    """

    timestamp: str
    user: str
    null: str | None = None
    absent: str | None = None
    source: Annotated[Mapping[str, Source], Field(min_length=1)]
    increments: Mapping[str, Increment] = {}
    model: Model
    parity: Mapping[str, Source] = {}

    @property
    def digest(self) -> str:
        """What tells this schema from others."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def of_reference(self) -> "Schema":
        """Return the schema with the reference's columns, defects and all: its frames make a missing key the text
        nan, and a null the text None."""
        return self.model_copy(update={"source": {**self.source, **self.parity}, "absent": "nan"})

    def paths(self) -> dict[str, str | None]:
        """Return the fields of a log that are used, each with the text that stands for its absence, where one does."""
        texts = {
            path
            for name, column in self.source.items()
            if isinstance(column, Text | Join) and name != self.user
            for path in column.paths
        }
        every = {path for column in self.source.values() for path in column.paths}
        return {path: self.absent if path in texts else None for path in sorted(every)}

    def sourced(self, log: pl.DataFrame) -> "Sourced":
        """Return the source columns of a log, by time; of equal times in the log's order.

        Raises DataError when a field that this needs is nowhere in the log. Rows without a time or a user are dropped
        and counted.
        """
        empty = not log.width and not len(log)
        needed = [path for path in sorted(self._needed()) if not _has(log, path)]
        if needed and not empty:
            raise DataError(
                f"The log has no field {', '.join(needed)}, which the schema needs; is it another kind of log?"
            )
        nulls = {name: None if name == self.user else self.null for name in self.source}
        frame = log.select(_made(column, log, nulls[name]).alias(name) for name, column in self.source.items())
        frame = frame.clear() if empty else frame  # of no columns at all, polars makes one row
        unknown = {
            name: int(frame[name].null_count() - log.select(_field(log, column.truth)).to_series().null_count())
            for name, column in self.source.items()
            if isinstance(column, Truth) and column.unknown == "null"
        }
        kept = frame.drop_nulls([self.timestamp, self.user])
        return Sourced(kept.sort(self.timestamp, maintain_order=True), len(frame) - len(kept), unknown)

    def counted(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return source columns with the increments, and without what the model is not given."""
        by = [self.user, _DAY]
        dated = frame.with_columns(pl.col(self.timestamp).dt.date().alias(_DAY))
        increments = [_counted(increment).over(by).alias(name) for name, increment in self.increments.items()]
        return dated.with_columns(increments).drop(_DAY, *self.model.drop)

    def _needed(self) -> set[str]:
        return {path for name in (self.timestamp, self.user) for path in self.source[name].paths}


@dataclass(frozen=True)
class Sourced:
    """The source columns of a log, how many rows were dropped for want of a time or a user, and for each truth how
    many values were neither true nor false."""

    frame: pl.DataFrame
    dropped: int
    unknown: Mapping[str, int]


def names() -> list[str]:
    """Return the schemas that come with this."""
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def named(name: str) -> Schema:
    """Return one of the schemas that come with this, or that of a TOML file; raises FingerprintError for others."""
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    if not path.is_file() or (not name.endswith(".toml") and name not in names()):
        raise FingerprintError(f"There is no schema '{name}'; choose one of {', '.join(names())}, or name a TOML file.")
    try:
        schema = Schema.model_validate(tomllib.loads(reading.read(path, _MOST_BYTES).decode()))
    except OSError as error:
        raise FingerprintError(f"{path}: cannot be read ({error.strerror}).") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError, ValueError, RecursionError) as error:
        raise FingerprintError(f"{path}: {_told(error)}") from error
    return schema


def _told(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _made(column: Source, log: pl.DataFrame, null: str | None) -> pl.Expr:
    match column:
        case Time(time=path):
            return _time(_field(log, path), _kind(log, path))
        case Text(text=path):
            return _text(_field(log, path), null)
        case Number(number=path):
            return _field(log, path).cast(pl.Float64, strict=False)
        case Join(join=paths, separator=separator):
            return pl.concat_str([_text(_field(log, path), null) for path in paths], separator=separator)
        case Truth():
            return _truth(_field(log, column.truth).cast(pl.String), column)


def _time(field: pl.Expr, kind: pl.DataType | None) -> pl.Expr:
    if isinstance(kind, pl.Date):
        return field.cast(pl.Datetime("ns"))
    if isinstance(kind, pl.Datetime):
        moment = field if kind.time_zone else field.dt.replace_time_zone("UTC")
        return moment.dt.convert_time_zone("UTC").dt.replace_time_zone(None).dt.cast_time_unit("ns")
    if kind is not None and kind.is_numeric():
        return _since_1970(field)
    text = field.cast(pl.String)
    number = text.str.contains(_NUMBER)
    return pl.when(number).then(_since_1970(pl.when(number).then(text))).otherwise(_spelled(text))


def _since_1970(field: pl.Expr) -> pl.Expr:
    """Return a moment of a number since 1970: seconds, or if that were beyond the year 5000 a smaller unit."""
    whole, part = field.cast(pl.Int64, strict=False), field.cast(pl.Float64, strict=False)
    near = pl.when(part.abs() < 1e11).then(10**9).when(part.abs() < 1e14).then(10**6)
    unit = near.when(part.abs() < 1e17).then(10**3).otherwise(1)
    # Whole numbers are exact as such; the fraction of a second has what a float has left.
    nanos = (
        pl.when(whole == part)
        .then(whole * unit)
        .otherwise((part * unit / 1000).round().cast(pl.Int64, strict=False) * 1000)
    )
    return nanos.cast(pl.Datetime("ns"))


def _spelled(text: pl.Expr) -> pl.Expr:
    # Without a zone at its end a moment is in UTC.
    zoned = pl.when(text.str.contains(r"(Z|[+-]\d\d:?\d\d)$")).then(text).otherwise(text + "Z")
    return zoned.str.to_datetime(time_unit="ns", time_zone="UTC", strict=False).dt.replace_time_zone(None)


def _text(field: pl.Expr, null: str | None) -> pl.Expr:
    text = field.cast(pl.String)
    return text if null is None else text.fill_null(null)


def _truth(text: pl.Expr, column: Truth) -> pl.Expr:
    spelled = text if column.exact else text.str.to_lowercase()
    values = {**dict.fromkeys(column.true, True), **dict.fromkeys(column.false, False)}
    unknown = {"null": None, "true": True, "false": False}[column.unknown]
    return spelled.replace_strict(values, default=unknown, return_dtype=pl.Boolean)


def _counted(increment: Increment) -> pl.Expr:
    match increment:
        case Events():
            return pl.int_range(pl.len(), dtype=pl.Int64)
        case Distinct(distinct=name):
            return pl.col(name).is_first_distinct().cum_sum().cast(pl.Int64)


def _kind(log: pl.DataFrame, path: str) -> pl.DataType | None:
    """Return the type of the field at a path, None where there is none; what is in JSON text is text. A column may have
    the whole path as its name."""
    if path in log.columns:
        return log.schema[path]
    first, *rest = path.split(".")
    if rest and log.schema.get(first) == pl.String:
        return pl.String()

    kind: Any = log.schema.get(first)
    for name in rest:
        kind = dict(kind).get(name) if isinstance(kind, pl.Struct) else None
    found: pl.DataType | None = kind
    return found


def _has(log: pl.DataFrame, path: str) -> bool:
    return _kind(log, path) is not None


def _field(log: pl.DataFrame, path: str) -> pl.Expr:
    """Return the field at a path; all null where there is none."""
    if not _has(log, path):
        return pl.lit(None, pl.String)
    if path in log.columns:
        return pl.col(path)
    first, *rest = path.split(".")
    if rest and log.schema[first] == pl.String:
        return pl.col(first).str.json_path_match("$." + ".".join(rest))
    return reduce(lambda field, name: field.struct.field(name), rest, pl.col(first))
