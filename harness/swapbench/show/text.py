"""Text: tables and sentences that fit a terminal of so many columns."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from swapbench.base import units
from swapbench.judge.gate import Gate
from swapbench.plan.cell import Row
from swapbench.show import grid, winners
from swapbench.show.comparison import Comparison
from swapbench.show.figures import labels_of, legend, parts_of
from swapbench.show.ink import BAD, HEAD, Ink, plain
from swapbench.show.paragraph import shortened, wrapped
from swapbench.show.summary import Summary

PIPED = 120  # columns where there is no terminal
_SHOWN = 5
_LONGEST = 1000


def lines(summary: Summary, width: int = PIPED, ink: Ink = plain) -> Iterator[str]:
    """Yield the whole summary line by line."""
    for comparison in summary.comparisons:
        yield ""
        yield from table(comparison, width, ink)
    contests = [told for comparison in summary.comparisons if (told := winners.sentence(comparison))]
    if contests:  # whole: what is open is said last
        yield ""
        yield from (line for told in contests for line in wrapped(told, width))
    for sentences in (
        [" ".join(legend(summary.comparisons))] if summary.comparisons else [],
        [agreement.sentence() for agreement in summary.agreements],
        summary.notes,
    ):
        if sentences:
            yield ""
            yield from paragraphs(sentences, width)
    if summary.troubles:
        yield ""
        yield from (ink(line, BAD) for line in paragraphs(summary.troubles, width))
    if summary.gate is not None:
        yield ""
        yield from gate_lines(summary.gate, width, ink)
    yield ""
    yield from wrapped(f"run {summary.run.name}: {summary.tally}", width)


def paragraphs(sentences: Sequence[str], width: int = PIPED) -> Iterator[str]:
    """Yield sentences in lines that fit; one that quotes a very long reason ends with an ellipsis."""
    for sentence in sentences:
        yield from wrapped(shortened(sentence, _LONGEST), width)


def listed(suite: Mapping[str, Any], width: int = PIPED) -> Iterator[str]:
    """Yield what a suite, as a plan has it, is made of: its dimensions, and the backends of each model."""
    dimensions = [
        ", ".join(name for name in suite["datasets"] if any(cell["dataset"] == name for cell in suite["cells"])),
        units.counted(suite["folds"], "fold"),
        f"phases {', '.join(suite['phases'])}",
    ]
    cells = units.counted(len(suite["cells"]), "cell")
    yield from wrapped(f"{suite['name']}: {cells} on {'; '.join([*dimensions, *_estimated(suite)])}", width)
    models: dict[str, list[str]] = {}
    planned = {Row(cell["model"], cell["backend"], cell.get("variant", "")) for cell in suite["cells"]}
    for row in filter(planned.__contains__, (Row(*names) for names in suite["rows"])):
        models.setdefault(row.model, []).append(row._replace(model="").name)
    longest = max(map(len, models), default=0)
    for model, backends in models.items():
        line = f"{model.ljust(longest)}  {', '.join(backends)}"
        parts = [line] if len(line) <= width - 2 else wrapped(line, width - 2)
        yield from (f"  {part}" for part in parts)


def _estimated(suite: Mapping[str, Any]) -> Iterator[str]:
    estimate = suite["estimate"]
    if estimate["seconds"]:
        measured = len(suite["cells"]) - estimate["unmeasured"]
        part = f"{measured:,} of them " if estimate["unmeasured"] else ""
        yield f"{part}took {units.duration(estimate['seconds'])} to measure last time"


def gate_lines(gate: Gate, width: int = PIPED, ink: Ink = plain) -> Iterator[str]:
    """Yield the verdicts line by line: all that fail, and the first of the other kinds."""
    yield from paragraphs([f"Against {gate.baseline}: {gate.tally}.", *gate.notes], width)
    for kind, verdicts in gate.by_gravity:
        shown = [verdict for number, verdict in enumerate(verdicts) if verdict.fails or number < _SHOWN]
        for verdict in shown:
            told = paragraphs([verdict.sentence()], width)
            yield from (ink(line, BAD) for line in told) if verdict.fails else told
        if len(shown) < len(verdicts):
            yield f"  and {len(verdicts) - len(shown):,} more {kind}"


def table(comparison: Comparison, width: int = PIPED, ink: Ink = plain) -> Iterator[str]:
    """Yield a comparison as aligned columns, in as many grids as its width asks for; ratios are to its reference."""
    title = f"{comparison.title} (ratios to {comparison.reference})" if comparison.has_ratios else comparison.title
    yield from (ink(line, HEAD) for line in wrapped(title, width))
    headings, names = labels_of(comparison)
    kinds: dict[str, list[grid.Column]] = {"time": [], "memory": [], "count": [], "score": []}
    for column in comparison.columns:
        cells = [parts_of(column, row.values.get(column.name)) for row in comparison.rows]
        kinds[column.kind].append(grid.Column(column.heading, cells))
    sizes = [kinds["time"], [*kinds["memory"], *kinds["count"]]]
    for number, lines in enumerate(grid.grids(headings, names, [sizes, kinds["score"]], width, ink)):
        yield from ["", *lines] if number else lines
