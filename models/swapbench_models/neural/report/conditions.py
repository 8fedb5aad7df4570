"""Conditions: where, when and of what the measured pairs were made."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from swapbench_models.neural.report.pair import Pair
from swapbench_models.neural.report.run import Run

_ENVIRONMENT = ("seed", "threads", "slot", "device", "machine", "versions")


def conditions(run: Run, pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return them as plain values; of one in which records differ, the list of all that occur."""
    records = [
        record
        for pair in pairs
        for side in (pair.native, pair.compiled)
        for own in side.records.values()
        for record in own.values()
    ]
    return {
        "run": run.name,
        "started": run.started.isoformat(),
        "commit": run.commit or None,
        "profile": run.profile,
        "folds": len({record.cell.fold for record in records}),
        **{name: common(record.environment.get(name) for record in records) for name in _ENVIRONMENT},
    }


def common(values: Iterable[Any]) -> Any:
    """Return the value that all are, or the list of those that there are."""
    found = {json.dumps(value, sort_keys=True): value for value in values}
    return next(iter(found.values())) if len(found) == 1 else [found[text] for text in sorted(found)]
