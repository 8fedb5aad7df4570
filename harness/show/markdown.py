"""Markdown: the summary as a comment on a pull request, which has room for 65,536 characters; the gravest first."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.judge.gate import Gate
from harness.judge.verdict import Verdict
from harness.show.comparison import Comparison
from harness.show.figures import cells_of, legend
from harness.show.paragraph import shortened
from harness.show.summary import Summary
from harness.show.winners import sentence

_ROOM = 60_000
_SENTENCE = 600
_LISTED = 50
_RESERVE = 1_000  # for the words on what is left out, and the last line


@dataclass(frozen=True)
class _Part:
    """A heading, lines of one kind, of which as many are shown as there is room for, and what closes them."""

    head: str
    lines: Sequence[str]
    what: str
    tail: str = ""
    most: int = _LISTED


def markdown(summary: Summary) -> str:
    """Return verdicts, troubles, tables, checks and notes; what there is no room for is counted."""
    written = _head(summary)
    left_out = []
    for part in _parts(summary):
        room = _ROOM - _RESERVE - len(written)
        text, shown = _fitted(part, room)
        written += text
        if not shown:
            left_out.append(part.what)
    if left_out:
        missing = shortened(", ".join(shortened(what, 100) for what in left_out), _SENTENCE)
        written += f"\nNot shown, for a comment has no room: {missing}. `--swap-report FILE.html` has it all.\n"
    return f"{written}\nRun {summary.run.name}: {summary.tally}.\n".lstrip("\n")


def _head(summary: Summary) -> str:
    gate = summary.gate
    if gate is None:
        return ""
    told = [f"Against {_plain(gate.baseline)}: {gate.tally}.", *map(_plain, gate.notes[:_LISTED])]
    return f"## swapbench: {gate.outcome}\n\n" + "\n".join(f"{line}\n" for line in told)


def _parts(summary: Summary) -> Iterator[_Part]:
    """Yield the parts of a summary: what fails in the open and first, what does not behind the tables and folded."""
    failing, passing = _verdicts(summary.gate)
    yield from failing
    broken = [agreement for agreement in summary.agreements if agreement.fails]
    holding = [agreement for agreement in summary.agreements if not agreement.fails]
    yield from _list("Did not go well", summary.troubles)
    yield from _list("Backends disagree", [one.sentence() for one in broken])
    for comparison in summary.comparisons:
        yield _table(comparison)
        yield from _standings(comparison)
    yield from passing
    yield from _list("Agreement between backends", [one.sentence() for one in holding])
    yield from _list("Notes", summary.notes)


def _verdicts(gate: Gate | None) -> tuple[list[_Part], list[_Part]]:
    failing: list[_Part] = []
    passing: list[_Part] = []
    for kind, verdicts in gate.told if gate else ():
        for own, parts in ((True, failing), (False, passing)):
            some = [verdict for verdict in verdicts if verdict.fails is own]
            if some:
                parts.append(_kind(f"{len(some)} {kind}", some, folded=not own))
    return failing, passing


def _kind(title: str, verdicts: Sequence[Verdict], *, folded: bool) -> _Part:
    lines = [_item(verdict.sentence()) for verdict in verdicts]
    if folded:
        return _Part(f"<details><summary>{title}</summary>\n\n", lines, title, "\n</details>\n")
    return _Part(f"### {title}\n\n", lines, title)


def _list(title: str, sentences: Sequence[str]) -> Iterator[_Part]:
    if sentences:
        yield _Part(f"### {title}\n\n", list(map(_item, sentences)), title.lower())


def _table(comparison: Comparison) -> _Part:
    headings, rows = cells_of(comparison)
    names = sum(heading in ("model", "backend") for heading in headings)
    title = _plain(comparison.title)
    head = f"### {title}\n\n" + _row(headings) + _row(["---"] * names + ["---:"] * (len(headings) - names))
    told = f"Ratios are to {_plain(comparison.reference)}. {' '.join(legend([comparison]))}"
    return _Part(head, list(map(_row, rows)), f"the table of {title}", f"\n{told}\n", most=len(rows))


def _standings(comparison: Comparison) -> Iterator[_Part]:
    """Yield how the rows stand in each quantity, and how that was tested, folded away under the one sentence on it."""
    told = sentence(comparison)
    if told is not None:
        lines = [_item(standing.sentence()) for standing in comparison.standings]
        head = f"<details><summary>{_plain(told)}</summary>\n\n"
        yield _Part(head, lines, f"who leads in {comparison.title}", "\n</details>\n")


def _fitted(part: _Part, room: int) -> tuple[str, int]:
    """Return a part with as many of its lines as fit into some room, and how many these are."""
    more = f"\nand {len(part.lines):,} more\n"
    room -= len(part.head) + len(part.tail) + len(more) + 1
    shown: list[str] = []
    for line in part.lines[: part.most]:
        room -= len(line)
        if room < 0:
            break
        shown.append(line)
    if not shown:
        return "", 0
    left = len(part.lines) - len(shown)
    rest = f"\nand {left:,} more\n" if left else ""
    return "\n" + part.head + "".join(shown) + rest + part.tail, len(shown)


def _item(sentence: str) -> str:
    return f"- {_plain(sentence)}\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _plain(text: str) -> str:
    """Return data as one line of bounded length that opens no tag."""
    return shortened(text, _SENTENCE).replace("<", "&lt;")
