"""Markdown: the summary as a comment on a pull request, which has room for 65,536 characters; the gravest first."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from swapbench.judge.gate import Gate
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import Row
from swapbench.show.comparison import Comparison
from swapbench.show.figures import cells_of, legend
from swapbench.show.paragraph import one_line, shortened
from swapbench.show.summary import Summary
from swapbench.show.winners import sentence

_ROOM = 60_000
_SENTENCE = 600
_LISTED = 50
_RESERVE = 3_000  # for the words on what is left out, and the last line
# What data could make of itself: a heading, a list, a block of code or a table; a link, a picture or a formula; a
# message to everybody whom it names.
_BEGINS = re.compile(r"^(\d{0,9})((?<=\d)[.)](?!\S)|(?<!\d)[#>+=*`~|:-])")
_ACTIVE = re.compile(r"[\\$]|\](?=[(\[:])")
_CALLS = re.compile(r"(?<!\w)@(?=\w)")


@dataclass(frozen=True)
class _Part:
    """A heading, lines of one kind with the number of those beyond them, and what closes them.

    As many lines are shown as there is room for; a part of which not one fits is left out as `what`.
    """

    head: str
    lines: Sequence[str]
    what: str
    tail: str = ""
    beyond: int = 0

    def text(self, shown: int) -> str:
        """Return the part with its first lines, and how many follow these."""
        if not shown:
            return ""
        left = len(self.lines[shown:]) + self.beyond
        rest = f"\nand {left:,} more\n" if left else ""
        return "\n" + self.head + "".join(self.lines[:shown]) + rest + self.tail


def markdown(summary: Summary) -> str:
    """Return verdicts, troubles, tables, checks and notes; what there is no room for is counted."""
    parts = list(_parts(summary))
    head = _head(summary)
    counts = _fitting(parts, _ROOM - _RESERVE - len(head))
    written = head + "".join(part.text(shown) for part, shown in zip(parts, counts, strict=True))
    left_out = [part.what for part, shown in zip(parts, counts, strict=True) if not shown]
    if left_out:
        missing = _plain(", ".join(shortened(what, 100) for what in left_out))
        written += f"\nNot shown, for a comment has no room: {missing}. `--swap-report FILE.html` has it all.\n"
    return f"{written}\nRun {_plain(summary.run.name)}: {summary.tally}.\n".lstrip("\n")


def _head(summary: Summary) -> str:
    gate = summary.gate
    return f"## swapbench: {gate.outcome}\n\nAgainst {_plain(gate.baseline)}: {gate.tally}.\n" if gate else ""


def _fitting(parts: Sequence[_Part], room: int) -> list[int]:
    """Return how many lines of each part are shown: its first before a second of another, else the earlier part's."""
    counts = []
    for part in parts:
        least = len(part.text(1))
        counts.append(int(least <= room))
        room -= least * counts[-1]
    for place, part in enumerate(parts):
        while 0 < counts[place] < len(part.lines) and len(part.lines[counts[place]]) <= room:
            room -= len(part.lines[counts[place]])
            counts[place] += 1
    return counts


def _parts(summary: Summary) -> Iterator[_Part]:
    """Yield the parts of a summary: what fails in the open and first, what does not behind the tables and folded."""
    failing, passing = _verdicts(summary.gate)
    yield from _reached(summary.gate)
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


def _reached(gate: Gate | None) -> Iterator[_Part]:
    """Yield what is to be said of how the verdicts were reached, a paragraph each."""
    if gate and gate.notes:
        lines = [f"{_block(note)}\n\n" for note in gate.notes[:_LISTED]]
        yield _Part("", lines, "how the verdicts were reached", beyond=len(gate.notes) - len(lines))


def _verdicts(gate: Gate | None) -> tuple[list[_Part], list[_Part]]:
    failing: list[_Part] = []
    passing: list[_Part] = []
    for kind, verdicts in gate.by_gravity if gate else ():
        for own, parts in ((True, failing), (False, passing)):
            some = [verdict for verdict in verdicts if verdict.fails is own]
            if some:
                parts.append(_kind(f"{len(some)} {kind}", some, folded=not own))
    return failing, passing


def _kind(title: str, verdicts: Sequence[Verdict], *, folded: bool) -> _Part:
    # Only what can be shown is put into words: a run of a thousand cells has thousands of verdicts.
    lines = [_item(verdict.sentence()) for verdict in verdicts[:_LISTED]]
    beyond = len(verdicts) - len(lines)
    if folded:
        return _Part(f"<details><summary>{title}</summary>\n\n", lines, title, "\n</details>\n", beyond)
    return _Part(f"### {title}\n\n", lines, title, beyond=beyond)


def _list(title: str, sentences: Sequence[str]) -> Iterator[_Part]:
    if sentences:
        lines = list(map(_item, sentences[:_LISTED]))
        yield _Part(f"### {title}\n\n", lines, title.lower(), beyond=len(sentences) - len(lines))


def _table(comparison: Comparison) -> _Part:
    headings, rows = cells_of(comparison)
    names = sum(heading in Row._fields for heading in headings)
    title = _plain(comparison.title)
    head = f"### {title}\n\n" + _row(headings) + _row(["---"] * names + ["---:"] * (len(headings) - names))
    ratios = [f"Ratios are to {_plain(comparison.reference)}."] if comparison.has_ratios else []
    told = " ".join((*ratios, *legend([comparison])))
    return _Part(head, list(map(_row, rows)), f"the table of {comparison.title}", f"\n{told}\n")


def _standings(comparison: Comparison) -> Iterator[_Part]:
    """Yield how the rows stand in each quantity, and how that was tested, folded away under the one sentence on it."""
    told = sentence(comparison)
    if told is not None:
        lines = [_item(standing.sentence()) for standing in comparison.standings[:_LISTED]]
        beyond = len(comparison.standings) - len(lines)
        # Whole, for what is open is said last.
        head = f"<details><summary>{_escaped(one_line(told))}</summary>\n\n"
        yield _Part(head, lines, f"who leads in {comparison.title}", "\n</details>\n", beyond)


def _item(sentence: str) -> str:
    return f"- {_block(sentence)}\n"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(_plain(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _block(text: str) -> str:
    """Return data where it begins a block, which it then is no other kind of."""
    return _BEGINS.sub(r"\1\\\2", _plain(text))


def _plain(text: str) -> str:
    """Return data as one line of bounded length that opens no tag, leads nowhere and calls nobody."""
    return _ACTIVE.sub(r"\\\g<0>", _escaped(shortened(text, _SENTENCE)))


def _escaped(text: str) -> str:
    """Return data as a part of HTML."""
    return _CALLS.sub("@\u200b", text.replace("<", "&lt;"))
