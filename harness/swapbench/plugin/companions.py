"""Companions: memory and scores as entries of their own in pytest-benchmark's files, for its stock `compare`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_SAME = ("min", "max", "mean", "median", "q1", "q3", "ld15iqr", "hd15iqr", "total")
_NONE = ("stddev", "iqr")


def companions(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return one entry for each memory figure and score of the entries of suites.

    pytest-benchmark shows them in its own unit: a score of 0.97 as seconds, a mebibyte as a second.
    """
    return [companion for entry in entries if "cell" in entry["extra_info"] for companion in _of(entry)]


def _of(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    info = entry["extra_info"]
    values = dict(info["metrics"])
    if info["peak_memory_bytes"] is not None:
        values["peak_memory_MiB"] = info["peak_memory_bytes"] / 2**20
    for name, value in values.items():
        yield {
            **entry,
            "name": f"{entry['name']}::{name}",
            "fullname": f"{entry['fullname']}::{name}",
            "group": f"{entry['group']} {name}",
            "extra_info": {"companion_of": entry["fullname"], "metric": name},
            "stats": _stats(value),
        }


def _stats(value: float) -> dict[str, Any]:
    counts = {"rounds": 1, "iterations": 1, "iqr_outliers": 0, "stddev_outliers": 0, "outliers": "0;0"}
    ops = 1 / value if value else 0.0
    return {**dict.fromkeys(_SAME, value), **dict.fromkeys(_NONE, 0.0), **counts, "ops": ops, "data": [value]}
