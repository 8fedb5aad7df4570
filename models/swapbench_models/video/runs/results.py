"""Results: the table of a model's folds, the same bytes however often training was interrupted."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from swapbench_models.video.runs.fold import Result
from swapbench_models.video.runs.scores import CONFUSION, METRICS
from swapbench_models.writing import write as write_file

COLUMNS = ("fold", *METRICS, *CONFUSION, "parameters", "batch_size", "accumulation", "attempts")


def write(file: Path, results: Sequence[Result]) -> None:
    """Write the folds that are complete, in their order; what is not defined is empty."""
    write_file(file, table([row(each) for each in results], COLUMNS).encode())


def row(result: Result) -> dict[str, Any]:
    """Return a fold's row: how many examples at a time were trained with in the end, after so many attempts."""
    last = result.attempts[-1] if result.attempts else None
    sharing = {name: getattr(last, name) if last else None for name in ("batch_size", "accumulation")}
    more = {"fold": result.fold, "parameters": result.parameters, "attempts": len(result.attempts) or None}
    return {**asdict(result.scores), **sharing, **more}


def table(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> str:
    """Return rows as CSV, numbers to their last bit."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
