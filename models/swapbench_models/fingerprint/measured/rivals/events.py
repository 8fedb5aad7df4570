"""Events: a log on its way to the columns that a model is given, by our schema and as the reference does it."""

import io
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from swapbench_models.fingerprint.logs import generate, schema
from swapbench_models.fingerprint.logs.generate import Plan

_DAYS = 90


def log(users: int, count: int) -> tuple[Any, Any]:
    """Return the first `count` events of a generated Duo log, each as JSON (n,), and zeros."""
    made = generate.log(generate.events(Plan(users=users, days=_DAYS))[:count], "duo")
    if len(made) != count:
        raise ValueError(f"{_DAYS} days of {users} users have {len(made)} events")
    lines = made.write_ndjson().splitlines()
    return np.array([line.encode() for line in lines]), np.zeros(count, dtype=np.int64)


def joined(lines: NDArray[np.bytes_]) -> bytes:
    """Return events as the JSON array that a file of the log holds."""
    return b"[" + b",".join(lines.tolist()) + b"]"


class Ours:
    """The schema named duo."""

    def prepare(self, lines: NDArray[np.bytes_]) -> pl.DataFrame:
        known = schema.named("duo")
        return known.counted(known.sourced(pl.read_json(io.BytesIO(joined(lines)))).frame)


class Reference:
    """The same columns, made with pandas."""

    def prepare(self, lines: NDArray[np.bytes_]) -> Any:
        from swapbench_models.fingerprint.measured.rivals.pandas_schema import prepared

        return prepared(joined(lines))
