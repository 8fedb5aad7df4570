"""Preparing Duo's log as the reference does it, with pandas: the same columns as our schema, a frame at a time.

The steps are those of Morpheus' column info: nested objects are normalized, columns are renamed, joined and mapped one
by one, and counted over each user's day by grouped transforms.
"""

import json
from typing import Any

import pandas as pd

_RENAMED = {
    "accessdevicebrowser": "access_device.browser",
    "accessdeviceos": "access_device.os",
    "authdevicename": "auth_device.name",
    "reason": "reason",
}
_LOCATION = [f"access_device.location.{part}" for part in ("city", "state", "country")]
_TRUTHS = {"success": True, "denied": False, "fraud": False}


def prepared(log: bytes) -> pd.DataFrame:
    """Return the columns of a Duo log, a JSON array of events, by time."""
    raw = pd.DataFrame(json.loads(log))
    for name in ("access_device", "application", "auth_device", "user"):
        flat = pd.json_normalize(raw[name].tolist()).add_prefix(f"{name}.")
        raw = pd.concat([raw.drop(columns=name), flat.set_index(raw.index)], axis=1)
    made: dict[str, Any] = {
        "timestamp": pd.to_datetime(raw["timestamp"], utc=True).dt.tz_localize(None),
        "username": raw["user.name"],
        **{name: raw[path].astype(str) for name, path in _RENAMED.items()},
        "location": raw[_LOCATION].astype(str).agg(", ".join, axis=1),
        "result": raw["result"].str.lower().map(_TRUTHS),
    }
    frame = pd.DataFrame(made).sort_values("timestamp", kind="stable", ignore_index=True)
    by = [frame["username"], frame["timestamp"].dt.date]
    frame["logcount"] = frame.groupby(by).cumcount()
    places = frame.groupby(by)["location"].transform(lambda values: pd.factorize(values)[0] + 1)
    frame["locincrement"] = places.groupby(by).cummax()
    return frame.drop(columns="location")
