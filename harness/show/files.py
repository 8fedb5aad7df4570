"""Files: the summary as Markdown, CSV, JSON and HTML, by the ending of a path."""

import csv
import io
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from harness.judge.gate import Gate
from harness.plan.error import SwapError
from harness.record.document import text_of
from harness.show import page
from harness.show.comparison import as_json
from harness.show.figures import cells_of
from harness.show.summary import Summary

_LISTED = 50
_COMMENT = 60_000


def check(path: Path, option: str) -> None:
    """Raise SwapError, naming the `option` that asked for it, when a report could not be written to `path`."""
    if path.suffix not in _WRITERS:
        raise SwapError(f"{option} {path}: write to a path that ends in {', '.join(_WRITERS)}.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise SwapError(f"{option} {path}: its folder does not exist, or it is a folder itself.")
    if path.suffix == ".html":
        page.check()


def write(summary: Summary, path: Path) -> None:
    """Write the summary to a path in the format of its ending; raises SwapError when it cannot be written."""
    text = _WRITERS[path.suffix](summary)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SwapError(f"{path}: the report could not be written ({error.strerror}).") from error


def markdown(summary: Summary) -> str:
    """The verdicts, tables, checks and notes, fit for a comment on a pull request, which may have 65,536 characters."""
    parts = [_gate(summary.gate)] if summary.gate else []
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
    parts.append(f"Run {summary.run.name}: {summary.tally}.\n")
    return _cut(parts)


def _gate(gate: Gate) -> str:
    """The verdicts: what fails in the open, everything else folded away."""
    lines = [f"## swapbench: {gate.outcome}\n\nAgainst {gate.baseline}: {gate.tally}.\n"]
    lines += [f"{note}\n" for note in gate.notes]
    for kind, verdicts in gate.told:
        items = "".join(f"- {verdict.sentence()}\n" for verdict in verdicts[:_LISTED])
        if len(verdicts) > _LISTED:
            items += f"- and {len(verdicts) - _LISTED:,} more\n"
        folded = not any(verdict.fails for verdict in verdicts)
        head = f"{len(verdicts)} {kind}"
        lines.append(
            f"<details><summary>{head}</summary>\n\n{items}\n</details>\n" if folded else f"### {head}\n\n{items}"
        )
    return "\n".join(lines)


def _cut(parts: list[str]) -> str:
    """Join whole parts up to what a comment may hold, and say what was left out."""
    kept: list[str] = []
    for part in parts:
        if sum(map(len, kept)) + len(part) + len(kept) > _COMMENT:
            kept.append("The rest does not fit into a comment; --swap-report FILE.html has it all.\n")
            break
        kept.append(part)
    return "\n".join(kept)


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
        "comparisons": [as_json(comparison) for comparison in summary.comparisons],
        "agreements": [
            {**asdict(agreement), "holds": agreement.holds, "kind": agreement.kind, "sentence": agreement.sentence()}
            for agreement in summary.agreements
        ],
        "notes": list(summary.notes),
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


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
