"""Datasets: generated logs as arrays."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swapbench_models.fingerprint.logs import generate, schema
from swapbench_models.fingerprint.logs.generate import Event, Plan, Source

_NONE = ("", "", "")


def logins(source: Source, users: int, days: int, anomalies: float = 0.02, seed: int = 0) -> tuple[Any, Any]:
    """Return the source columns of a generated log by time as an array with one field a column (n,), and of which
    incident each row is a part (n,): numbers from 1 on, 0 for none. An incident is what one person has of one kind of
    anomaly on one day."""
    events = generate.events(Plan(users=users, days=days, anomalies=anomalies, seed=seed))
    sourced = schema.named(source).sourced(generate.log(events, source))
    keys = [_incident(event) for event in events]
    numbers = {key: number for number, key in enumerate(dict.fromkeys([_NONE, *keys]))}
    return as_array(sourced.frame), np.array([numbers[key] for key in keys])


def as_array(frame: pl.DataFrame) -> NDArray[np.void]:
    """Return a frame as an array with one field a column: moments, truths, numbers and text."""
    columns = {name: _column(frame[name]) for name in frame.columns}
    made = np.empty(len(frame), dtype=[(name, column.dtype) for name, column in columns.items()])
    for name, column in columns.items():
        made[name] = column
    return made


def as_frame(rows: NDArray[np.void]) -> pl.DataFrame:
    """Return what as_array was given, without the nulls of truths, which became false."""
    names = rows.dtype.names or ()
    return pl.DataFrame(
        {
            name: rows[name].tolist() if rows[name].dtype.kind == "U" else np.ascontiguousarray(rows[name])
            for name in names
        }
    )


def _incident(event: Event) -> tuple[str, str, str]:
    return (event.user, event.label, f"{event.when:%Y-%m-%d}") if event.label else _NONE


def _column(series: pl.Series) -> NDArray[Any]:
    if series.dtype == pl.String:
        return np.array(series.fill_null("").to_list(), dtype=np.str_)
    return series.to_numpy()
