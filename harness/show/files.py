"""Files: the summary as Markdown, CSV and JSON, by the ending of a path."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from harness.plan.error import SwapError
from harness.show.comparison import as_json, cells_of
from harness.show.summary import Summary


def check(path: Path) -> None:
    """Raise SwapError when a report could not be written to `path`."""
    if path.suffix not in _WRITERS:
        raise SwapError(f"--swap-report {path}: write to a path that ends in {', '.join(_WRITERS)}.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise SwapError(f"--swap-report {path}: its folder does not exist, or it is a folder itself.")


def write(summary: Summary, path: Path) -> None:
    """Write the summary to a path in the format of its ending."""
    path.write_text(_WRITERS[path.suffix](summary), encoding="utf-8")


def markdown(summary: Summary) -> str:
    """The tables, checks and notes, fit for a comment on a pull request."""
    parts = []
    for comparison in summary.comparisons:
        headings, rows = cells_of(comparison)
        parts.append(f"### {comparison.title}\n")
        parts.append(_row(headings) + _row(["---", "---", *["---:"] * (len(headings) - 2)]) + "".join(map(_row, rows)))
        parts.append(f"Ratios are to {comparison.reference}; times are medians over folds and rounds, scores means ± ")
        parts[-1] += "95 % half-width over folds; `*` marks the best.\n"
    if summary.agreements:
        parts.append("### Tolerances\n\n" + "".join(f"- {check.sentence()}\n" for check in summary.agreements))
    if summary.notes:
        parts.append("### Notes\n\n" + "".join(f"- {note}\n" for note in summary.notes))
    parts.append(f"Run {summary.run}: {summary.tally}.\n")
    return "\n".join(parts)


def table_csv(summary: Summary) -> str:
    """One line a round of a cell, its scores repeated: everything a spreadsheet or a data frame needs."""
    metrics = sorted({name for record in summary.records for name in record.scores})
    fields = ["wall_s", "cpu_s", "peak_memory_bytes", "absolute_peak_bytes", "contaminated"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = ["suite", "model", "backend", "dataset", "fold", "phase", "profile"]
    writer.writerow([*names, "status", "reason", "round", *fields, "parameters", *metrics])
    for record in summary.records:
        start = [getattr(record.cell, name) for name in names] + [record.status, record.reason]
        end = [record.parameters, *(record.scores.get(metric) for metric in metrics)]
        for number, sample in enumerate(record.samples or [{}]):
            writer.writerow([*start, number if sample else None, *(sample.get(field) for field in fields), *end])
    return out.getvalue()


def document(summary: Summary) -> str:
    """Everything: tables, checks, notes and the records themselves."""
    content = {
        "version": 1,
        "run": summary.run,
        "comparisons": [as_json(comparison) for comparison in summary.comparisons],
        "agreements": [
            {**asdict(agreement), "holds": agreement.holds, "sentence": agreement.sentence()}
            for agreement in summary.agreements
        ],
        "notes": list(summary.notes),
        "missing": [cell.as_dict() for cell in summary.missing],
        "records": [asdict(record) for record in summary.records],
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


_WRITERS: dict[str, Callable[[Summary], str]] = {".md": markdown, ".csv": table_csv, ".json": document}


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
