"""The table: what was promised, what was tried, and what came of it, as Markdown."""

from collections.abc import Iterator, Sequence

from faults.fault import Fault, Tried
from faults.promise import KINDS

_HEADS = {
    "lost": "finished cells lost",
    "repeated": "measured twice",
    "wrong": "wrong results or verdicts",
    "hung": "hangs",
    "untold": "not told rightly",
    "left": "left over",
}


def promises(faults: Sequence[Fault]) -> Iterator[str]:
    """Yield the lines of a table of faults that are promised the same, with what that is."""
    yield from _row("when", "then")
    yield from _row("---", "---")
    for promise in dict.fromkeys(fault.promise for fault in faults):
        names = dict.fromkeys(fault.name for fault in faults if fault.promise == promise)
        yield from _row("; ".join(names), promise)


def counts(tried: Sequence[Tried]) -> Iterator[str]:
    """Yield the lines of a table of what came of each fault, and of all."""
    yield from _row("fault", "injections", *(_HEADS[kind] for kind in KINDS))
    yield from _row("---", *["---:"] * (1 + len(KINDS)))
    for one in tried:
        yield from _row(one.fault.title, *_counted(one.times, *(one.broken[kind] for kind in KINDS)))
    sums = (sum(one.broken[kind] for one in tried) for kind in KINDS)
    yield from _row("**all**", *_counted(sum(one.times for one in tried), *sums))


def _counted(*numbers: int) -> list[str]:
    return [f"{number:,}" for number in numbers]


def _row(*cells: str) -> Iterator[str]:
    yield f"| {' | '.join(cells)} |"
