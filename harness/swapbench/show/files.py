"""Files: the summary as Markdown, CSV, JSON and HTML, by the ending of a path."""

import csv
import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from swapbench.base import written
from swapbench.base.error import SwapError
from swapbench.plan.cell import FIELDS
from swapbench.record.document import text_of
from swapbench.show import page
from swapbench.show.comparison import as_json
from swapbench.show.markdown import markdown
from swapbench.show.summary import Summary
from swapbench.show.winners import sentence

_IN_CSV = list(FIELDS)
_HEAD_BYTES = 200
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
# What tells a report from somebody's data, which a model may read.
_BEGINS = {
    ".html": b'<meta name="generator" content="swapbench">',
    ".json": b'{"swapbench":',
    ".csv": ",".join([*_IN_CSV, "status", "reason", "round"]).encode(),
}


def check(path: Path, option: str) -> None:
    """Raise SwapError, naming the `option` that asked for it, when a report could not be written to `path`."""
    if path.suffix not in _WRITERS:
        raise SwapError(f"{option} {path}: write to a path that ends in {', '.join(_WRITERS)}.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise SwapError(f"{option} {path}: its folder does not exist, or it is a folder itself.")


def write(summary: Summary, path: Path) -> None:
    """Write the summary to a path in the format of its ending; raises SwapError when it cannot be written."""
    text = _WRITERS[path.suffix](summary)
    try:
        written.write(path, text)
    except OSError as error:
        raise SwapError(f"{path}: the report could not be written ({error.strerror}).") from error


def is_report(path: Path) -> bool:
    """Tell whether a file is one that this wrote, by how it begins."""
    begins = _BEGINS.get(path.suffix)
    if begins is None:
        return False
    try:
        with path.open("rb") as file:
            return begins in file.read(_HEAD_BYTES)
    except OSError:
        return False


def table_csv(summary: Summary) -> str:
    """One line a round of a cell, its scores repeated: everything a spreadsheet or a data frame needs."""
    metrics = sorted({name for record in summary.records for name in record.scores})
    fields = ["wall_s", "cpu_s", "peak_memory_bytes", "absolute_peak_bytes", "contaminated"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = _IN_CSV
    writer.writerow(map(_no_formula, [*names, "status", "reason", "round", *fields, "parameters", *metrics]))
    for record in summary.records:
        start = [getattr(record.cell, name) for name in names] + [record.status, record.reason]
        end = [record.parameters, *(record.scores.get(metric) for metric in metrics)]
        for number, sample in enumerate(record.samples or [{}]):
            row = [*start, number if sample else None, *(sample.get(field) for field in fields), *end]
            writer.writerow(map(_no_formula, row))
    return out.getvalue()


def _no_formula(value: Any) -> Any:
    """Return a value of which a spreadsheet computes nothing: a text that begins as a formula does gets a quote."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) else value


def document(summary: Summary) -> str:
    """Everything: tables, checks, notes and the records themselves."""
    content = {
        "comparisons": [{**as_json(one), "sentence": sentence(one)} for one in summary.comparisons],
        "agreements": [
            {
                **asdict(one),
                "holds": one.holds,
                "fails": one.fails,
                "kind": one.kind,
                "sentence": one.sentence(),
            }
            for one in summary.agreements
        ],
        "notes": [*summary.troubles, *summary.notes],
        "missing": [cell.as_dict() for cell in summary.missing],
        "gate": summary.gate and summary.gate.as_dict(),
    }
    return text_of(summary.run, content)


_WRITERS: dict[str, Callable[[Summary], str]] = {
    ".md": markdown,
    ".csv": table_csv,
    ".json": document,
    ".html": page.page,
}
