"""Failures: batches for which memory was too little are noted beside a kept training, and not tried again by the one
that goes on with it: it comes to the same."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from swapbench_models import reading
from swapbench_models.training.memory import Sharing, out_of_memory
from swapbench_models.writing import write

Made = TypeVar("Made")
FILE = "attempts.json"


def noted(attempt: Callable[[Sharing], Made], folder: Path, configuration: str) -> Callable[[Sharing], Made]:
    """Return an attempt that fails at once where it has run out of memory before, with the same words.

    `configuration` is a digest of what is trained; what was noted of another counts for nothing.
    """
    file = folder / FILE

    def tried(sharing: Sharing) -> Made:
        known, batches = _read(file, configuration), str(sharing.accumulation)
        if batches in known:
            raise MemoryError(known[batches])
        try:
            return attempt(sharing)
        except (MemoryError, RuntimeError) as error:
            if out_of_memory(error):
                failed = {**known, batches: str(error)}
                write(file, json.dumps({"configuration": configuration, "failed": failed}).encode())
            raise

    return tried


def forget(folder: Path) -> None:
    """Have all batches tried again by whoever trains there next."""
    (folder / FILE).unlink(missing_ok=True)


def _read(file: Path, configuration: str) -> dict[str, str]:
    try:
        found = reading.values(reading.read(file))
        return dict(found["failed"]) if found["configuration"] == configuration else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
