"""Tables of the report: one row a pair and quantity, native beside compiled."""

from collections.abc import Iterable, Iterator, Sequence

from swapbench_models.neural.report.difference import Difference, Kind
from swapbench_models.neural.report.equivalence import SCORES, Check
from swapbench_models.neural.report.figures import (
    NOTHING,
    between,
    difference,
    percent,
    score,
    seconds,
    spread,
    verdict,
)
from swapbench_models.neural.report.pair import Both, Pair
from swapbench_models.neural.report.run import STAGES

Row = Sequence[str]
_HEADINGS = ("native", "compiled", "difference", "in %", "shown")


def table(headings: Row, rows: Iterable[Row]) -> list[str]:
    """Return the lines of a table in Markdown."""
    return [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}", *(f"| {' | '.join(row)} |" for row in rows)]


def overhead(pairs: Iterable[Pair]) -> list[str]:
    """From the text, or from code, to a network that can be trained, stage by stage."""
    return _held(("backend", "stage", *_HEADINGS), (row for pair in pairs for row in _overhead(pair)))


def times(pairs: Iterable[Pair]) -> list[str]:
    """One training, and one prediction of the test part."""
    rows = (
        _compared(pair.where, word, "time", pair.times(phase), pair.time(phase))
        for pair in pairs
        for phase, word in (("fit", "training"), ("predict", "prediction"))
    )
    return _held(("backend", "time of", *_HEADINGS), rows)


def memory(pairs: Iterable[Pair]) -> list[str]:
    """Growth at the peak of each phase, and the peak of the whole process while it trains."""
    return _held(("backend", "memory of", *_HEADINGS), (row for pair in pairs for row in _memory(pair)))


def quality(pairs: Iterable[Pair]) -> list[str]:
    """Scores, with the checks of those that must agree, and what is counted."""
    return _held(
        ("backend", "score", "native", "compiled", "difference", "largest of a fold", "n", "check"),
        (row for pair in pairs for row in _quality(pair)),
    )


def _held(headings: Row, rows: Iterable[Row]) -> list[str]:
    """Return the table of those rows in which a side has a figure; what has none is named elsewhere in the report."""
    held = [row for row in rows if tuple(row[2:4]) != (NOTHING, NOTHING)]
    return table(headings, held) if held else ["Nothing of this was measured."]


def _compared(backend: str, what: str, kind: Kind, both: Both, apart: Difference | None) -> Row:
    shares = percent(None if apart is None else apart.percentage)
    return backend, what, *(spread(side, kind) for side in both), difference(apart), shares, verdict(apart)


def _overhead(pair: Pair) -> Iterator[Row]:
    for stage in STAGES:
        yield _compared(pair.where, stage, "time", pair.times(stage), pair.time(stage))
    native, compiled = (None if build is None else build.median for build in pair.times("build"))
    total = None if pair.overhead is None or compiled is None else pair.overhead + compiled
    ends = (NOTHING if value is None else seconds(value) for value in (native, total))
    apart = NOTHING if native is None or total is None else seconds(total - native, total, "+")
    yield pair.where, "sum", *ends, apart, NOTHING, NOTHING


def _memory(pair: Pair) -> Iterator[Row]:
    for phase, word in (("build", "build"), ("fit", "training"), ("predict", "prediction")):
        yield _compared(pair.where, word, "memory", pair.memories(phase), pair.memory(phase))
    yield _compared(pair.where, "the process in training", "memory", pair.processes("fit"), pair.process("fit"))


def _quality(pair: Pair) -> Iterator[Row]:
    checks = {check.metric: check for check in pair.checks}
    for metric, words in SCORES.items():
        sides = [side.score(metric) for side in (pair.native, pair.compiled)]
        values = [NOTHING if one is None else f"{score(one.value)}{between(one.interval)}" for one in sides]
        # Of a score that nothing is demanded of too: a check is what has the differences.
        check = checks.get(metric) or Check(metric, pair.differences(metric), None)
        mean = f"{score(check.difference, '+')}{between(check.interval, '+')}"
        count = len(check.differences) or max(len(side.scores(metric)) for side in (pair.native, pair.compiled))
        status = f"{check.status} (< {check.limit:g})" if metric in checks else NOTHING
        yield pair.where, words, *values, mean, score(check.largest, "+"), str(count), status
    for words, counts in _counts(pair):
        yield pair.where, words, *counts, NOTHING, NOTHING, NOTHING


def _counts(pair: Pair) -> Iterator[tuple[str, Row]]:
    """Yield what is counted: a number of each side, and how much more the compiled one has."""
    sides = (pair.native, pair.compiled)
    lines = [None if found is None else found.value for found in (side.score("lines_of_code") for side in sides)]
    for words, both in (
        ("lines of code", lines),
        ("trained weights", [side.parameters for side in sides]),
        ("epochs", [side.epochs for side in sides]),
    ):
        told = [NOTHING if number is None else f"{number:,.0f}" for number in both]
        known = [number for number in both if number is not None]
        yield words, (*told, f"{known[1] - known[0]:+,.0f}" if len(known) == 2 else NOTHING)
